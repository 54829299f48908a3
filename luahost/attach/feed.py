"""The feed: what happens in a host, kept for a short while for those who follow a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from luahost.attach.faults import fault_of
from luahost.errors import WatchError
from luahost.host import Host
from luahost.inspection.plain import clipped
from luahost.inspection.ring import Ring
from luahost.news import GuestError, LogLine
from luahost.reload.report import ReloadReport
from luahost.session import Session

__all__ = ["Feed", "News", "report_for"]

MOST = 1000
"""A follower who is further behind is told how much was left out."""

LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened: in the session with this id, or (None) in the host."""

    kind: str
    session: str | None
    data: Any

    def for_session(self, session_id: str) -> Any:
        """Returns what a follower of a session is told of it; None if it doesn't concern the session."""
        if isinstance(self.data, ReloadReport):
            return report_for(self.data, session_id)
        return self.data if self.session in (None, session_id) else None


class Feed:
    """Keeps the last news while somebody follows, and wakes whoever tells of them; looks on, on any thread."""

    def __init__(self, host: Host, wake: Callable[[], None]) -> None:
        self.news: Ring[News] = Ring(MOST)
        self.followers = 0
        self._wake = wake
        self._subscriptions = [
            host.on("log", self._logged, aside=True),
            host.on("lua_error", self._failed, aside=True),
            host.on("reload_applied", self._reloaded, aside=True),
            host.on("reload_failed", self._reloaded, aside=True),
            host.on("watch_error", self._not_watched, aside=True),
            host.on("session_closed", self._closed, aside=True),
        ]

    def close(self) -> None:
        """Looks on no longer."""
        for subscription in self._subscriptions:
            subscription.close()

    def _logged(self, line: LogLine) -> None:
        shown = replace(line, message=clipped(line.message, LONGEST))
        self._add(News("log", line.session, shown))

    def _failed(self, raised: GuestError) -> None:
        self._add(News("lua_error", raised.session, fault_of(raised.error)))

    def _reloaded(self, report: ReloadReport) -> None:
        self._add(News("reload", None, report))

    def _not_watched(self, error: WatchError) -> None:
        self._add(News("trouble", None, fault_of(error)))

    def _closed(self, session: Session) -> None:
        self._add(News("closed", session.id, {"session": session.id}))

    def _add(self, news: News) -> None:
        if self.followers:
            self.news.add(news)
            self._wake()


def report_for(report: ReloadReport, session_id: str) -> ReloadReport | None:
    """Returns what a reload did in one session; None if it was none of its concern."""
    own = tuple(session for session in report.sessions if session.id == session_id)
    busy = tuple(id for id in report.busy if id == session_id)
    errors = report.errors if not report.sessions else tuple(each.error for each in own if each.error is not None)
    if not (own or busy or errors or report.gone):
        return None
    return replace(report, sessions=own, busy=busy, errors=errors)
