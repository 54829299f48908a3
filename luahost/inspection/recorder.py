"""The recorder: what happened in a host of late, kept for whoever opens the inspector afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luahost.errors import WatchError
from luahost.host import Host
from luahost.inspection.history import error_entry, reload_entry
from luahost.inspection.plain import clipped
from luahost.inspection.ring import Ring
from luahost.news import GuestError, LogLine
from luahost.reload.report import ReloadReport

__all__ = ["MOST_LINES", "MOST_RELOADS", "Recorder"]

MOST_LINES = 1000
MOST_RELOADS = 100
LONGEST_LINE = 4000


class Recorder:
    """Keeps the last reloads and the last lines: what sessions print and log, and errors that have no caller.

    It only looks on, for as long as the host lives: where these go otherwise is not changed by it.
    """

    def __init__(self, host: Host, now: Callable[[], float]) -> None:
        self._now = now
        self.reloads: Ring[dict[str, Any]] = Ring(MOST_RELOADS)
        self.lines: Ring[dict[str, Any]] = Ring(MOST_LINES)
        host.on("reload_applied", self._reloaded, aside=True)
        host.on("reload_failed", self._reloaded, aside=True)
        host.on("log", self._logged, aside=True)
        host.on("lua_error", self._failed, aside=True)
        host.on("watch_error", self._not_watched, aside=True)

    def _reloaded(self, report: ReloadReport) -> None:
        self.reloads.add(reload_entry(report, self._now()))

    def _logged(self, line: LogLine) -> None:
        place = {"generation": line.generation, "file": line.file, "line": line.line}
        self._add(line.session, line.level, line.message, **place)

    def _failed(self, raised: GuestError) -> None:
        entry = error_entry(raised.error)
        self._add(raised.session, "error", entry.pop("message"), generation=raised.generation, **entry)

    def _not_watched(self, error: WatchError) -> None:
        self._add("", "error", str(error))

    def _add(self, session: str, level: str, message: str, **place: Any) -> None:
        text = clipped(message, LONGEST_LINE)
        self.lines.add({"at_s": self._now(), "session": session, "level": level, "message": text, **place})
