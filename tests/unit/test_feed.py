"""The feed of what happens in a host: kept for followers alone, and each is told what concerns its session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from luahost.attach.feed import MOST, Feed, report_for
from luahost.errors import LuaError, LuaHostError, WatchError
from luahost.events import Events
from luahost.news import GuestError, LogLine
from luahost.reload.report import ReloadReport, SessionReport


class Fed:
    """A feed of events that a test makes."""

    def __init__(self) -> None:
        self.events = Events()
        self.wakes = 0
        self.feed = Feed(self.events, self._wake)  # type: ignore[arg-type]

    def _wake(self) -> None:
        self.wakes += 1

    def told(self, session: str) -> list[tuple[str, Any]]:
        """Returns what a follower of a session is told."""
        _, news = self.feed.news.since(0)
        told = [(each.kind, each.for_session(session)) for each in news]
        return [(kind, data) for kind, data in told if data is not None]


@pytest.fixture
def fed() -> Fed:
    """Returns a feed with a follower."""
    fed = Fed()
    fed.feed.followers = 1
    return fed


def line(session: str, text: str = "hi") -> LogLine:
    """Returns a line that a session printed."""
    return LogLine(session, "print", text, "a.lua", 1)


def test_feed_when_nobody_follows_then_keeps_nothing() -> None:
    """News are made for followers; without any there are none, and nobody is woken."""
    fed = Fed()
    fed.events.emit("log", line("1"))
    assert (fed.told("1"), fed.wakes) == ([], 0)


def test_feed_when_sessions_speak_then_each_follower_hears_its_own(fed: Fed) -> None:
    """Lines and errors are those of the followed session; what concerns the host, everybody hears."""
    fed.events.emit("log", line("1"))
    fed.events.emit("log", line("2"))
    fed.events.emit("lua_error", GuestError("2", LuaError("oh")))
    fed.events.emit("watch_error", WatchError("no events"))
    assert [kind for kind, _ in fed.told("1")] == ["log", "trouble"]
    assert [kind for kind, _ in fed.told("2")] == ["log", "lua_error", "trouble"]
    assert fed.wakes == 4


def test_feed_when_a_line_is_huge_then_its_beginning_is_kept(fed: Fed) -> None:
    """What a session prints at length doesn't fill the memory."""
    for _ in range(MOST + 10):
        fed.events.emit("log", line("1", "x" * 100_000))
    told = fed.told("1")
    assert (len(told), len(told[0][1].message) < 21_000) == (MOST, True)


def test_feed_when_closed_then_looks_on_no_longer(fed: Fed) -> None:
    """A door that is closed leaves the host as it was."""
    fed.feed.close()
    fed.events.emit("log", line("1"))
    assert (fed.told("1"), fed.events.is_heard("log")) == ([], False)


def test_feed_when_it_looks_on_then_the_log_has_the_lines_still(fed: Fed) -> None:
    """Whoever follows takes nothing from the program's own log."""
    assert not any(fed.events.has(event) for event in ("log", "lua_error"))


OH, NO = LuaError("oh"), LuaError("no")
TAKEN, FAILED = SessionReport("1", 1), SessionReport("2", 0, ok=False, error=OH)


def report(*sessions: SessionReport, **more: Any) -> ReloadReport:
    """Returns a reload's report."""
    return ReloadReport(("a.lua",), sessions, 1.0, **more)


Case = tuple[ReloadReport, str, Callable[[ReloadReport], object], object]
CASES: list[Case] = [
    (report(TAKEN, FAILED, errors=(OH,)), "1", lambda own: (own.sessions, own.errors), ((TAKEN,), ())),
    (report(TAKEN, FAILED, errors=(OH,)), "2", lambda own: (own.sessions, own.errors), ((FAILED,), (OH,))),
    (report(errors=(NO,)), "1", lambda own: own.errors, (NO,)),
    (report(TAKEN, busy=("3", "4")), "3", lambda own: (own.sessions, own.busy), ((), ("3",))),
    (report(gone=("b.lua",)), "9", lambda own: own.gone, ("b.lua",)),
]


@pytest.mark.parametrize(("whole", "session", "seen", "expected"), CASES)
def test_report_for_when_a_reload_concerns_a_session_then_tells_that_part(
    whole: ReloadReport, session: str, seen: Callable[[ReloadReport], object], expected: object
) -> None:
    """A follower is told what a reload did in its session, and what stopped it for all."""
    own = report_for(whole, session)
    assert own is not None
    assert seen(own) == expected


def test_report_for_when_a_reload_does_not_concern_a_session_then_is_nothing() -> None:
    """Of other sessions' reloads a follower hears nothing."""
    assert report_for(report(TAKEN, FAILED, errors=(OH,)), "3") is None
    assert isinstance(OH, LuaHostError)
