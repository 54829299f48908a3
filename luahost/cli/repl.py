"""`luahost repl`: Lua as it is typed, in a session of its own or in one of a running host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import msgspec

from luahost.host import Host
from luahost.settings import FILE_NAME, RUN_DEFAULTS, Settings, load_settings

from .arguments import site_argument
from .attached_desk import AttachedDesk
from .attaching import attached, pid_option, site_of
from .conversation import at_prompt, from_lines, has_terminal
from .desk import Desk
from .logs import configure_logs
from .missing_roots import warn_of_missing_roots
from .notices import show_notices
from .render.screen import Screen
from .switches import flags, with_lua_switches
from .version import version

__all__ = ["repl"]

FAILED = 1
SIGNS_OF_A_SITE = ("lua", "apps", FILE_NAME)

EPILOG = """\b
Examples:
  luahost repl                             this site's code, or plain Lua
  luahost repl --attach                    the host that runs on this folder
  luahost repl --attach mysite --session 2
"""


@click.command(epilog=EPILOG)
@site_argument
@click.option("--attach", is_flag=False, flag_value="", metavar="[SITE]", help="Into a running host: site or socket.")
@click.option("--session", metavar="ID", help="Which session of the running host.")
@pid_option
@with_lua_switches
def repl(site: str | None, attach: str | None, session: str | None, pid: int | None, **switches: Any) -> int:
    """Reads Lua, also in a running host.

    What is typed is evaluated, and what it answers is shown; on a terminal with completion, history, and chunks of
    several lines.

    Without --attach the session is the prompt's own: it begins with the site's lua/main.lua, takes saves of its
    files, and is gone afterwards.
    """
    if attach is not None or session is not None or pid is not None:
        return _attached(attach or site, session, pid)
    return _alone(site, flags(**switches))


def _attached(place: str | None, session: str | None, pid: int | None) -> int:
    screen = Screen(Path(place or "."))
    desk = AttachedDesk(screen)
    with attached(place, pid, on_news=desk.on_news) as client:
        screen.sources.move(site_of(client))
        row = desk.sit_down(client, session)
        if not has_terminal():
            return 0 if from_lines(desk, screen) else FAILED
        screen.attached(client.hello, row)
        at_prompt(site_of(client), desk, screen)
        return FAILED if desk.is_gone else 0


def _alone(site: str | None, given: dict[str, Any]) -> int:
    settings = _settings(site, given)
    configure_logs(settings)
    warn_of_missing_roots(settings)
    screen = Screen(Path(settings.site), level=settings.log_level)
    host = Host(settings=settings, watch=settings.watch, undo=True)
    screen.sources.text_of = host.source_text
    desk = Desk(host, screen)
    show_notices(host, screen, desk)
    with host:
        return _converse(settings, desk, screen)


def _converse(settings: Settings, desk: Desk, screen: Screen) -> int:
    if not has_terminal():
        is_open = desk.open()
        return 0 if from_lines(desk, screen) and is_open else FAILED
    screen.banner(version(), settings)
    if not _is_site(Path(settings.site)):
        screen.note("no site here: plain Lua, nothing is kept")
    desk.open()
    at_prompt(Path(settings.site) if _is_site(Path(settings.site)) else None, desk, screen)
    return 0


def _settings(site: str | None, given: dict[str, Any]) -> Settings:
    """Returns the settings of a session that isn't kept; a folder that is no site isn't watched, it may be large."""
    settings = load_settings(site, flags=given, env=os.environ, defaults=RUN_DEFAULTS)
    is_watched = settings.watch and _is_site(Path(settings.site))
    return msgspec.structs.replace(settings, store="", watch=is_watched)


def _is_site(folder: Path) -> bool:
    return any((folder / sign).exists() for sign in SIGNS_OF_A_SITE)
