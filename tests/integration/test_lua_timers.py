"""Timers: immediates, timeouts and intervals, each in a turn of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from luahost import Host, Session, Settings
from luahost.news import GuestError
from luahost.testing.fake_clock import FakeClock

WaitUntil = Callable[..., None]
WriteSite = Callable[[Mapping[str, str]], Path]

NOTING = "log = {} function note(name) return function() log[#log + 1] = name end end\n"


def begin(session: Session, code: str) -> None:
    """Runs code that may use `note(name)`, a function that writes its name into `log`."""
    session.execute(NOTING + code)


def names(session: Session) -> list[str]:
    """Returns what has been noted so far."""
    noted: list[str] = session.eval("return log")
    return noted


def test_handle_when_a_timer_is_made_then_is_an_integer_of_its_own(session: Session) -> None:
    """R92, R93, R94: each of the three answers an integer handle, no two alike."""
    begin(session, "a, b, c = session:setImmediate(print), session:setTimeout(print, 9), session:setInterval(print, 9)")
    assert session.eval("return a % 1 + b % 1 + c % 1, a ~= b and b ~= c and a ~= c") == (0, True)


def test_immediate_when_made_then_waits_for_the_turn_to_end(session: Session, wait_until: WaitUntil) -> None:
    """R96, R99: an immediate doesn't run in the turn that makes it, but right after it."""

    def turn(own: Session) -> list[str]:
        begin(own, "session:setImmediate(note('later'))")
        return names(own)

    assert session.run(turn) == []
    wait_until(lambda: names(session) == ["later"])


def test_immediates_when_one_makes_another_then_it_comes_behind_all(session: Session, wait_until: WaitUntil) -> None:
    """R99: an immediate made by an immediate runs behind those that wait; a time given with it counts for nothing."""
    begin(
        session,
        """
        session:setImmediate(function() note('a')() session:setImmediate(note('d')) end)
        session:setImmediate(note('b'), 5000) session:setImmediate(note('c'))
    """,
    )
    wait_until(lambda: len(names(session)) == 4)
    assert names(session) == ["a", "b", "c", "d"]


def test_immediates_when_made_in_one_turn_then_keep_their_order(session: Session, wait_until: WaitUntil) -> None:
    """R99: a hundred immediates of one turn run in order."""
    begin(session, "for i = 1, 100 do session:setImmediate(note(i)) end")
    wait_until(lambda: len(names(session)) == 100)
    assert names(session) == list(range(1, 101))


def test_timeout_when_its_time_has_come_then_runs_once(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """R100: a timeout runs once, and not before its milliseconds have passed."""
    begin(session, "session:setTimeout(note('once'), 50) session:setInterval(note('tick'), 20)")
    for count in (1, 2):
        clock.advance(0.02)
        wait_until(lambda count=count: names(session).count("tick") == count)
    assert names(session) == ["tick", "tick"]
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["tick", "tick", "once"])
    clock.advance(1)
    wait_until(lambda: names(session).count("tick") == 3)
    assert names(session).count("once") == 1


def test_timeouts_when_due_together_then_the_earliest_comes_first(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Timers run in the order of their times; of equal ones the older comes first."""
    begin(session, "for _, ms in ipairs{ 30, 10, 20, 10, 5 } do session:setTimeout(note(ms), ms) end")
    session.execute("session:setTimeout(note('last'), 30)")
    clock.advance(1)
    wait_until(lambda: len(names(session)) == 6)
    assert names(session) == [5, 10, 10, 20, 30, "last"]


@pytest.mark.parametrize("ms", ["", ", nil", ", 0", ", -5", ", 0.0"])
def test_timeout_when_there_is_no_time_to_wait_then_runs_at_once(
    session: Session, wait_until: WaitUntil, ms: str
) -> None:
    """A timeout of no time, or less, is due in the next turn."""
    begin(session, f"session:setTimeout(note('x'){ms})")
    wait_until(lambda: names(session) == ["x"])


@pytest.mark.parametrize("ms", ["math.huge", "1e300", "1e15"])
def test_timeout_when_its_time_is_beyond_all_bounds_then_other_timers_still_run(
    tmp_path: Path, vm: str, wait_until: WaitUntil, ms: str
) -> None:
    """A timeout that never comes costs nobody else theirs, on the machine's clock too."""
    with Host(tmp_path, watch=False, settings=Settings(vm=vm)) as host:
        other, session = host.create_session(), host.create_session()
        session.execute(f"session:setTimeout(print, {ms})")
        begin(other, "session:setTimeout(note('x'), 1)")
        wait_until(lambda: names(other) == ["x"])


def test_interval_when_time_goes_on_then_runs_again_and_again(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """R101: an interval runs each time its milliseconds have passed."""
    begin(session, "session:setInterval(note('x'), 10)")
    for count in range(1, 6):
        clock.advance(0.01)
        wait_until(lambda count=count: len(names(session)) == count)


def test_interval_when_it_comes_late_then_never_piles_up(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """An interval that missed many of its times runs once for all of them, and then at its pace."""
    begin(session, "session:setInterval(note('x'), 10) session:setTimeout(note('end'), 1005)")
    clock.advance(1)
    wait_until(lambda: len(names(session)) == 1)
    clock.advance(0.005)
    wait_until(lambda: names(session) == ["x", "end"])
    clock.advance(0.005)
    wait_until(lambda: names(session) == ["x", "end", "x"])


def test_error_when_a_timer_raises_then_is_reported_and_the_interval_goes_on(
    session: Session, clock: FakeClock, wait_until: WaitUntil, reported: list[GuestError]
) -> None:
    """R103–R106: an error in a timer is reported with its position; the interval runs on, and so do other timers."""
    session.execute(NOTING + "session:setInterval(function()\nnote('x')() error('no') end, 10)", name="@t.lua")
    session.execute("session:setTimeout(function() error('once') end, 10) session:setTimeout(note('y'), 10)")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["x", "y"])
    clock.advance(0.01)
    wait_until(lambda: len(reported) == 3)
    assert [str(error.error) for error in reported if "no" in str(error.error)] == ["t.lua:3: no"] * 2
    assert {error.session for error in reported} == {"1"}


@pytest.mark.parametrize("error", ["error({})", "error()", "local x = nil + 1", "string.rep()", "error(nil, 5)"])
def test_error_when_it_is_any_object_then_is_reported_as_text(
    session: Session, wait_until: WaitUntil, reported: list[GuestError], error: str
) -> None:
    """Whatever a timer raises is reported, and the session goes on."""
    begin(session, f"session:setImmediate(function() {error} end) session:setImmediate(note('next'))")
    wait_until(lambda: names(session) == ["next"])
    assert len(reported) == 1
    assert str(reported[0].error)


@pytest.mark.parametrize("clear", ["clearImmediate", "clearTimeout", "clearInterval"])
def test_clear_when_before_its_time_then_the_timer_never_runs(
    session: Session, clock: FakeClock, wait_until: WaitUntil, clear: str
) -> None:
    """R95: each kind of timer can be cleared, twice too."""
    make = {"clearImmediate": "setImmediate", "clearTimeout": "setTimeout", "clearInterval": "setInterval"}[clear]
    begin(session, f"local t = session:{make}(note('x'), 10) session:{clear}(t) session:{clear}(t)")
    session.execute("session:setTimeout(note('y'), 10)")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["y"])


@pytest.mark.parametrize("handle", ["nil", "fired", "12345", "'x'", "{}", "0/0"])
def test_clear_when_the_handle_is_fired_or_unknown_then_is_nothing(
    session: Session, clock: FakeClock, wait_until: WaitUntil, handle: str
) -> None:
    """R102: clearing what has fired, or never was, is no error and touches no other timer."""
    begin(session, "fired = session:setImmediate(note('x'))")
    wait_until(lambda: names(session) == ["x"])
    session.execute("session:setTimeout(note('y'), 10)")
    session.execute(
        f"for _, m in ipairs{{ 'Immediate', 'Timeout', 'Interval' }} do session['clear' .. m](session, {handle}) end"
    )
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["x", "y"])


def test_clear_when_an_interval_clears_itself_then_it_has_ended(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A timer may clear itself and others while it runs."""
    begin(session, "other = session:setTimeout(note('other'), 20)")
    session.execute("""
        t = session:setInterval(function() note('t')() session:clearInterval(t) session:clearTimeout(other) end, 10)
        session:setTimeout(note('end'), 100)
    """)
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["t"])
    clock.advance(0.1)
    wait_until(lambda: names(session) == ["t", "end"])


@pytest.mark.parametrize("make", ["setImmediate(o, 'go')", "setTimeout(o, 'go', 10)", "setInterval(o, 'go', 10)"])
def test_object_and_method_when_given_then_the_method_is_called_on_it(
    session: Session, clock: FakeClock, wait_until: WaitUntil, make: str
) -> None:
    """An object and a method's name do instead of a function."""
    begin(session, f"o = {{ name = 'o', go = function(self) note(self.name)() end }} session:{make}")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["o"])


def test_object_and_method_when_the_method_is_replaced_then_the_timer_follows(
    session: Session, clock: FakeClock, wait_until: WaitUntil, reported: list[GuestError]
) -> None:
    """The method is looked up at each tick; a missing one is reported, and the interval goes on."""
    begin(session, "P = session:prototype('P', {}) P.go = note('old') p = P:new{} session:setInterval(p, 'go', 10)")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["old"])
    session.execute("P.go = nil")
    clock.advance(0.01)
    wait_until(lambda: len(reported) == 1)
    session.execute("P.go = note('new')")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["old", "new"])
    assert "the object has no method 'go'" in str(reported[0].error)


def test_timers_when_each_runs_then_has_a_turn_of_its_own(session: Session, wait_until: WaitUntil) -> None:
    """R97, R98: a timer runs with its session in place; what it changes is settled before the next one."""
    begin(session, "P = session:prototype('P', { a = 1 }) p = P:new{} function P:mutate() note('mutate')() end")
    session.execute("""
        session:setImmediate(function() note(session.id)() session:prototype('P', { a = 2 }) end)
        session:setImmediate(note('next'))
    """)
    wait_until(lambda: names(session) == ["1", "mutate", "next"])


def test_timers_when_one_waits_then_nobody_is_kept(session: Session, clock: FakeClock, wait_until: WaitUntil) -> None:
    """R96, R107: a timer that waits blocks neither its own session nor others; it runs on another thread."""
    begin(session, "session:setTimeout(note('x'), 10)")
    assert session.eval("return 1") == 1
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["x"])


def test_timers_when_the_session_is_busy_then_wait_for_its_turn_to_end(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """R108: a timer that falls due during a turn runs behind it."""

    def turn(own: Session) -> list[str]:
        begin(own, "session:setTimeout(note('x'), 10)")
        clock.advance(0.02)
        return names(own)

    assert session.run(turn) == []
    wait_until(lambda: names(session) == ["x"])


def test_timers_when_the_session_closes_then_none_runs_any_more(
    host: Host, session: Session, clock: FakeClock, wait_until: WaitUntil, reported: list[GuestError]
) -> None:
    """R109, R110, R111: closing cancels all timers, silently, also those that are due."""
    session.execute("session:setInterval(print, 10) session:setTimeout(function() error('no') end, 10)")
    other = host.create_session()
    begin(other, "session:setTimeout(note('other'), 10)")
    session.run(lambda own: (clock.advance(0.01), own.close()))
    wait_until(lambda: names(other) == ["other"])
    assert reported == []


def test_timers_when_one_has_its_session_closed_then_the_rest_is_cancelled(
    host: Host, session: Session, wait_until: WaitUntil, reported: list[GuestError]
) -> None:
    """R111: the end may come in the middle of due timers."""
    host.on("log", lambda line: session.close())
    session.execute("session:setImmediate(function() print('end') end) session:setImmediate(error)")
    wait_until(lambda: session.is_closed)
    other = host.create_session()
    begin(other, "session:setImmediate(note('x'))")
    wait_until(lambda: names(other) == ["x"])
    assert reported == []


def test_timers_when_a_load_is_taken_back_then_keep_their_remaining_time(
    session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A failed load gives cleared timers back with their time, and its own never run."""
    begin(session, "a = session:setTimeout(note('a'), 20)")
    clock.advance(0.01)
    with pytest.raises(Exception, match="no"):
        session.execute("session:clearTimeout(a) session:setTimeout(note('b'), 5) error('no')")
    clock.advance(0.01)
    wait_until(lambda: names(session) == ["a"])


def test_timers_when_one_makes_another_then_that_one_runs(session: Session, wait_until: WaitUntil) -> None:
    """A timer may make timers."""
    begin(session, "session:setImmediate(function() session:setTimeout(note('inner'), 0) note('outer')() end)")
    wait_until(lambda: names(session) == ["outer", "inner"])
