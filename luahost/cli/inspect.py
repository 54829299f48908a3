"""`luahost inspect`: what a session of a running host has."""

from __future__ import annotations

import json

import click

from .attaching import attached, json_option, pid_option, site_of, site_option
from .render.screen import Screen

__all__ = ["inspect"]

EPILOG = """\b
Examples:
  luahost inspect 1                        `luahost sessions` lists the ids
  luahost inspect 5dd1761b --site mysite --json
"""


@click.command(epilog=EPILOG)
@click.argument("id", required=False)
@site_option
@pid_option
@json_option
def inspect(id: str | None, site: str | None, pid: int | None, as_json: bool) -> int:
    """Shows what a session of a running host has.

    Its prototypes with instances, modules, variables, timers, mutations that wait, last errors and reloads.

    ID is its short id, or the beginning of its key. It may be left out where there is only one session.
    """
    with attached(site, pid) as client:
        seen = client.ask("inspect", session=id)
        if as_json:
            click.echo(json.dumps(seen, indent=2, ensure_ascii=False))
        else:
            Screen(site_of(client)).session(seen)
    return 0
