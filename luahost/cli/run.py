"""`luahost run`: a site, a session and a prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from luahost.events import EVENTS
from luahost.host import Host
from luahost.settings import Settings, load_settings

from . import lines, prompt
from .commands import Commands
from .desk import Desk
from .entries import Entries
from .listening import address_of, listen
from .logs import configure_logs
from .render.screen import Screen
from .switches import flags, with_switches
from .termination import leaving_at_sigterm
from .version import version

if TYPE_CHECKING:
    from luahost.server.listener import Listener

__all__ = ["run"]

EPILOG = """\b
Examples:
  luahost run                              this folder, with a prompt
  luahost run mysite --app contacts        then requires contacts.app
  luahost run mysite --serve               to browsers, too
  echo 'app:addContact("Ann")' | luahost run mysite
  luahost run --store sqlite:.luahost/sessions.db    goes on where it was
"""


@click.command(epilog=EPILOG)
@click.argument("site", required=False)
@click.option("--app", metavar="NAME", help="Then requires NAME.app, or NAME.")
@click.option("--sessions", metavar="N", type=click.IntRange(min=1), default=1, help="Creates N sessions.")
@click.option(
    "--serve",
    is_flag=False,
    flag_value="",
    metavar="[HOST:PORT]",
    help="Serves the site to browsers, too (127.0.0.1:8080).",
)
@click.option("--fresh", is_flag=True, help="Starts anew instead of going on with the session it had last.")
@with_switches
def run(site: str | None, app: str | None, sessions: int, serve: str | None, **switches: Any) -> int:
    """Runs the site in the folder SITE (this one by default).

    Creates a session, runs lua/main.lua in it, takes every save of a file into the running session, and reads
    Lua: from a prompt on a terminal, else line by line from standard input.
    """
    if serve and site is None and address_of(serve) is None:
        site, serve = serve, ""  # `run --serve mysite`
    is_fresh, is_terminal = switches.pop("fresh"), sys.stdin.isatty() and sys.stdout.isatty()
    given = {**flags(**switches), **_served_at(serve)}
    settings = load_settings(site, flags=given, env=os.environ, defaults={"trust": "trusted"})
    if not is_terminal and not (given["store"] or os.environ.get("LUAHOST_STORE")):
        settings = msgspec.structs.replace(settings, store="")  # lines from a pipe leave nothing behind
    configure_logs(settings)
    screen = Screen(Path(settings.site), level=settings.log_level)
    host = Host(settings=settings, watch=settings.watch)
    desk = Desk(host, screen, app=app, count=sessions, is_fresh=is_fresh)
    _subscribe(host, screen, desk)
    listener = listen(host) if serve is not None else None
    with leaving_at_sigterm(), host, _serving(listener, desk, screen):
        if is_terminal:
            return _prompt(settings, desk, screen)
        return _lines(desk, screen)


def _served_at(address: str | None) -> dict[str, Any]:
    """Returns the settings in `HOST:PORT`, of which either may be missing."""
    found = address_of(address) if address else (None, None)
    if found is None:
        raise click.BadParameter(f"{address!r} is no address, like 127.0.0.1:8080", param_hint="--serve")
    return {"host": found[0], "port": found[1]}


@contextmanager
def _serving(listener: Listener | None, desk: Desk, screen: Screen) -> Iterator[None]:
    """Serves while the prompt is there; tells where its session is to be seen."""
    if listener is None:
        yield
        return
    session = desk.session()
    listener.start()
    screen.note(f"serving at {listener.url}{f'/{session.key}' if session else ''}")
    try:
        yield
    finally:
        listener.stop()


def _subscribe(host: Host, screen: Screen, desk: Desk) -> None:
    host.on("log", screen.log)
    host.on("reload_applied", screen.reload)
    host.on("reload_failed", screen.reload)
    host.on("lua_error", lambda raised: screen.error(raised.error))
    host.on("view_definitions_changed", lambda keys: screen.note(f"view definitions changed: {', '.join(keys)}"))
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
