"""`luahost run`: a site, a session and a prompt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from luahost.host import Host
from luahost.settings import RUN_DEFAULTS, Settings, load_settings

from .arguments import site_argument
from .conversation import at_prompt, from_lines, has_terminal
from .desk import Desk
from .doors import open_door, recorder_of
from .emptiness import warn_if_empty
from .listening import address_of, listen, tell_inspector
from .logs import configure_logs
from .missing_roots import warn_of_missing_roots
from .notices import show_notices
from .profiling import profiling
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
  luahost run --profile slow.txt           where the time goes, when it ends
  luahost run --store sqlite:.luahost/sessions.db    goes on where it was
"""


@click.command(epilog=EPILOG)
@site_argument
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
    is_fresh, is_terminal = switches.pop("fresh"), has_terminal()
    profile_file = switches.pop("profile")
    given = {**flags(**switches), **_served_at(serve)}
    settings = load_settings(site, flags=given, env=os.environ, defaults=RUN_DEFAULTS)
    if not is_terminal and not (given["store"] or os.environ.get("LUAHOST_STORE")):
        settings = msgspec.structs.replace(settings, store="")  # lines from a pipe leave nothing behind
    configure_logs(settings)
    warn_if_empty(settings, ", and sessions start empty")
    warn_of_missing_roots(settings)
    screen = Screen(Path(settings.site), level=settings.log_level)
    with leaving_at_sigterm(), profiling(profile_file, screen.note) as profile:
        host = Host(settings=settings, watch=settings.watch, undo=True, profile=profile)
        screen.sources.text_of = host.source_text
        desk = Desk(host, screen, app=app, count=sessions, is_fresh=is_fresh)
        show_notices(host, screen, desk)
        recorder = recorder_of(host)
        listener = listen(host, recorder) if serve is not None else None
        with host, open_door(host, recorder, screen.trouble), _serving(listener, desk, screen):
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
    tell_inspector(listener, screen.note)
    try:
        yield
    finally:
        listener.stop()


def _prompt(settings: Settings, desk: Desk, screen: Screen) -> int:
    screen.banner(version(), settings)
    desk.open()
    at_prompt(Path(settings.site), desk, screen)
    return 0


def _lines(desk: Desk, screen: Screen) -> int:
    opened = desk.open()
    fine = from_lines(desk, screen)
    return 0 if opened and fine else 1
