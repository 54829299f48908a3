"""What sessions say to the program's log: each line has the session's id and generation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from luahost import Host, LuaError, Session
from luahost.testing.fake_clock import FakeClock

Lines = list[Any]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Returns the lines of the log, as they come."""
    structlog.reset_defaults()
    with capture_logs() as captured:
        yield captured


def test_log_when_a_session_logs_then_the_line_has_its_id_and_generation(
    session: Session, site: Callable[..., Any], host: Host, lines: Lines
) -> None:
    """The generation is that of the moment; the place is the line that logged."""
    site({"lua/m.lua": "x = 1"})
    session.require("m")
    session.execute("print('before')", name="@a.lua")
    site({"lua/m.lua": "x = 2"})
    host.reload()
    session.execute("\nsession:log('warn', 'after')", name="@a.lua")
    assert lines == [
        {"event": "before", "log_level": "info", "session": "1", "generation": 0, "at": "a.lua:1"},
        {"event": "after", "log_level": "warning", "session": "1", "generation": 1, "at": "a.lua:2"},
    ]


def test_log_when_a_line_is_below_the_level_then_it_is_not_written(session: Session, lines: Lines) -> None:
    """At `info`, what a guest logs to find its faults is left out."""
    session.execute("for level = 0, 4 do session:log(level, tostring(level)) end")
    assert [(line["event"], line["log_level"]) for line in lines] == [("0", "error"), ("1", "warning"), ("2", "info")]


def test_log_when_a_timer_fails_then_the_line_has_the_stack(
    session: Session, clock: FakeClock, lines: Lines, wait_until: Callable[..., None]
) -> None:
    """An error that nobody called for is one line, with where it was and how it came there."""
    session.execute(
        "local function f() error('no') end\nsession:setTimeout(function() f() return 1 end, 5)", name="@t.lua"
    )
    clock.advance(1)
    wait_until(lambda: lines, "the line")
    [line] = lines
    stack = line.pop("lua_stack")
    told = {"event": "lua_error", "log_level": "error", "session": "1", "generation": 0, "error": "t.lua:1: no"}
    assert line == told
    assert (stack[0], stack[1].split()[0]) == ("t.lua:1 f", "t.lua:2")


def test_log_when_a_fault_is_ours_then_the_line_has_the_session_and_pythons_side(
    session: Session, host: Host, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where luahost itself fails, the log has the exception; the guest gets an error."""
    monkeypatch.setattr(host._services.site.__class__, "locate", lambda *_: 1 // 0)
    with pytest.raises(LuaError, match="division"):
        session.require("anything")
    [line] = lines
    assert (line["event"], line["session"], line["generation"]) == ("question_failed", "1", 0)
    assert line["exc_info"]
