"""`luahost run`: a site, a session and a prompt."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from luahost.errors import SettingsError
from luahost.events import EVENTS
from luahost.host import Host
from luahost.settings import Settings, load_settings

from . import lines, prompt
from .commands import Commands
from .desk import Desk
from .entries import Entries
from .logs import configure_logs
from .render.screen import Screen
from .termination import leaving_at_sigterm
from .version import version

__all__ = ["run"]

POLL_S = 0.5

EPILOG = """\b
Examples:
  luahost run                              this folder, with a prompt
  luahost run mysite --app contacts        then requires contacts.app
  echo 'app:addContact("Ann")' | luahost run mysite
  luahost run --store sqlite:.luahost/sessions.db    goes on where it was
"""


class Vm(click.ParamType[str]):
    """A VM's name, checked as the settings check it."""

    name = "vm"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Returns the name; a wrong one is wrong usage."""
        try:
            return Settings(vm=value).vm  # type: ignore[arg-type]
        except SettingsError as error:
            self.fail(str(error), param, ctx)


@click.command(epilog=EPILOG)
@click.argument("site", required=False)
@click.option("--app", metavar="NAME", help="Then requires NAME.app, or NAME.")
@click.option("--sessions", metavar="N", type=click.IntRange(min=1), default=1, help="Creates N sessions.")
@click.option("--no-reload", is_flag=True, help="Does not watch the site's files.")
@click.option("--poll", is_flag=True, help="Looks for changed files instead of waiting for file events.")
@click.option("--trust/--sandbox", default=None, help="Gives Lua the whole standard library (default), or little.")
@click.option("--store", metavar="URL", help="Keeps the session there: sqlite:PATH, postgresql://…, memory:.")
@click.option("--fresh", is_flag=True, help="Starts anew instead of going on with the session it had last.")
@click.option("--vm", type=Vm(), metavar="VM", help="lua54 (default), lua55 or luajit21.")
def run(site: str | None, app: str | None, sessions: int, fresh: bool, **switches: Any) -> int:
    """Runs the site in the folder SITE (this one by default).

    Creates a session, runs lua/main.lua in it, takes every save of a file into the running session, and reads
    Lua: from a prompt on a terminal, else line by line from standard input.
    """
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    settings = load_settings(site, flags=_flags(**switches), env=os.environ, defaults={"trust": "trusted"})
    if not is_terminal and not (switches["store"] or os.environ.get("LUAHOST_STORE")):
        settings = msgspec.structs.replace(settings, store="")
    configure_logs(settings)
    screen = Screen(Path(settings.site), level=settings.log_level)
    host = Host(settings=settings, watch=settings.watch)
    desk = Desk(host, screen, app=app, count=sessions, is_fresh=fresh)
    _subscribe(host, screen, desk)
    with leaving_at_sigterm(), host:
        if is_terminal:
            return _prompt(settings, desk, screen)
        return _lines(desk, screen)


def _flags(*, no_reload: bool, poll: bool, trust: bool | None, vm: str | None, store: str | None) -> dict[str, Any]:
    """Returns the settings that the flags stand for; None where a flag wasn't given."""
    return {
        "watch": False if no_reload else None,
        "poll_s": POLL_S if poll else None,
        "trust": None if trust is None else "trusted" if trust else "sandbox",
        "vm": vm,
        "store": store,
    }


def _subscribe(host: Host, screen: Screen, desk: Desk) -> None:
    host.on("log", screen.log)
    host.on("reload_applied", screen.reload)
    host.on("reload_failed", screen.reload)
    host.on("lua_error", lambda raised: screen.error(raised.error))
    host.on("save_failed", lambda error: screen.trouble(f"the session is not saved: {error}"))
    host.on("session_lost", lambda lost: screen.trouble(f"session {lost.session} has got another owner, and is closed"))
    host.on("store_degraded", lambda error: screen.trouble(f"the store is away, the session goes on: {error}"))
    host.on("store_recovered", lambda _: screen.note("the store is back"))
    host.on("watch_error", lambda error: screen.trouble(str(error)))
    if "files_changed" in EVENTS:
        host.on("files_changed", desk.on_files_changed)


def _prompt(settings: Settings, desk: Desk, screen: Screen) -> int:
    screen.banner(version(), settings)
    desk.open()
    reader = prompt.line_reader(Path(settings.site), Commands.names())
    prompt.run_prompt(reader, Entries(desk, screen, Commands(desk, screen), name=prompt.NAME))
    return 0


def _lines(desk: Desk, screen: Screen) -> int:
    opened = desk.open()
    entries = Entries(desk, screen, Commands(desk, screen), name=lines.NAME)
    fine = lines.run_lines(sys.stdin.buffer, entries, screen)
    return 0 if opened and fine else 1
