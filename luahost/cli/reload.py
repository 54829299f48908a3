"""`luahost reload`: a running host takes what changed on disk, now."""

from __future__ import annotations

import time

import click

from luahost.attach.client import Client
from luahost.attach.faults import packed, report_of
from luahost.inspection.history import reload_entry

from .attaching import attached, json_option, pid_option, site_of, site_option
from .render.screen import Screen

__all__ = ["reload"]

FAILED = 1

EPILOG = """\b
Examples:
  luahost reload                           where nobody watches the files
  luahost reload 1 --json
"""


@click.command(epilog=EPILOG)
@click.argument("id", required=False)
@site_option
@pid_option
@json_option
def reload(id: str | None, site: str | None, pid: int | None, as_json: bool) -> int:
    """Lets a running host take what changed.

    What changed on disk goes into all its sessions, now, as by a save that it notices; what that did is shown, with an
    ID what it did in that session. Exits with 1 if something could not be taken.
    """
    with attached(site, pid) as client:
        return _reload(client, id, as_json=as_json)


def _reload(client: Client, id: str | None, *, as_json: bool) -> int:
    report = report_of(client.ask_raw("reload", timeout_s=None, session=id))
    if as_json:
        entry = reload_entry(report, time.time()) if report is not None else None
        click.echo(packed({"ok": report is None or report.ok, "reload": entry}))
    elif report is None:
        Screen(site_of(client)).note("nothing changed")
    else:
        Screen(site_of(client)).reload(report)
    return 0 if report is None or report.ok else FAILED
