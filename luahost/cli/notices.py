"""Notices: what happens in a host by itself, on the screen of whoever sits at it."""

from __future__ import annotations

from luahost.events import EVENTS
from luahost.host import Host
from luahost.news import LogLine, write_line

from .desk import Desk
from .logs import is_structured
from .render.screen import Screen

__all__ = ["show_notices"]


def show_notices(host: Host, screen: Screen, desk: Desk) -> None:
    """Shows lines, reloads, errors without a caller, and what becomes of saved sessions."""
    host.on("log", screen.log if not is_structured(host.settings) else lambda line: _log(line, host, screen))
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


def _log(line: LogLine, host: Host, screen: Screen) -> None:
    """Shows what was printed; what was logged goes to the log, for whoever reads that with a program."""
    if line.level == "print":
        screen.log(line)
    else:
        write_line(line, host.settings)
