"""`luahost sessions`: who is alive in a running host."""

from __future__ import annotations

import json

import click
import msgspec

from .attaching import attached, json_option, pid_option, site_of, site_option
from .render.screen import Screen

__all__ = ["sessions"]

EPILOG = """\b
Examples:
  luahost sessions                         the host on this folder
  luahost sessions mysite --json
"""


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[SITE]", required=False)
@site_option
@pid_option
@json_option
def sessions(folder: str | None, site: str | None, pid: int | None, as_json: bool) -> int:
    """Lists the sessions of a running host.

    Each with generation, memory, how many are connected, and whether it is in a turn. The host is one of the same
    user, started by `luahost run` or `luahost serve`.
    """
    with attached(folder or site, pid) as client:
        rows = client.ask("sessions")
        if as_json:
            click.echo(json.dumps({"host": msgspec.to_builtins(client.hello), "sessions": rows}, indent=2))
        else:
            screen = Screen(site_of(client))
            screen.host(client.hello)
            screen.sessions(rows)
    return 0
