"""The schedule: calls at times of a clock that the test holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from luahost.testing.fake_clock import FakeClock
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule

WaitUntil = Callable[..., None]


@pytest.fixture
def clock() -> FakeClock:
    """Returns a clock that stands at 0."""
    return FakeClock(0.0)


@pytest.fixture
def schedule(clock: FakeClock) -> Iterator[Schedule]:
    """Returns a schedule whose thread runs."""
    pool = Pool()
    schedule = Schedule(clock, pool)
    schedule.start()
    yield schedule
    schedule.close()
    pool.close(5.0)


def test_at_when_its_time_has_come_then_it_is_called(
    schedule: Schedule, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A call is made when the clock reaches its time, and once."""
    calls: list[str] = []
    schedule.at("a", 5.0, lambda: calls.append("a"))
    clock.advance(4.9)
    assert calls == []
    clock.advance(0.1)
    wait_until(lambda: calls)
    clock.advance(100.0)
    schedule.at("end", clock.now(), lambda: calls.append("end"))
    wait_until(lambda: "end" in calls)
    assert calls == ["a", "end"]


def test_at_when_the_name_has_a_time_already_then_the_new_one_counts(
    schedule: Schedule, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A new time replaces the former, be it earlier or later."""
    calls: list[str] = []
    schedule.at("a", 5.0, lambda: calls.append("former"))
    schedule.at("a", 2.0, lambda: calls.append("earlier"))
    schedule.at("b", 1.0, lambda: calls.append("former"))
    schedule.at("b", 9.0, lambda: calls.append("later"))
    clock.advance(6.0)
    wait_until(lambda: calls)
    clock.advance(6.0)
    wait_until(lambda: len(calls) == 2)
    assert calls == ["earlier", "later"]


def test_at_when_the_time_is_none_then_the_name_is_forgotten(
    schedule: Schedule, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A forgotten name is not called; one that never was is no error."""
    calls: list[str] = []
    schedule.at("a", 5.0, lambda: calls.append("a"))
    schedule.at("a", None, lambda: None)
    schedule.at("never", None, lambda: None)
    schedule.at("b", 6.0, lambda: calls.append("b"))
    clock.advance(10.0)
    wait_until(lambda: calls)
    assert calls == ["b"]


def test_at_when_several_are_due_then_the_earliest_is_first(
    schedule: Schedule, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Calls that are due together are made in the order of their times, those of one time as they were asked for."""
    calls: list[str] = []
    for name, due_s in (("c", 3.0), ("a", 1.0), ("b", 2.0), ("b2", 2.0)):
        schedule.at(name, due_s, lambda name=name: calls.append(name))
    clock.advance(5.0)
    wait_until(lambda: len(calls) == 4)
    assert calls == ["a", "b", "b2", "c"]


def test_close_when_calls_are_left_then_they_are_not_made(clock: FakeClock) -> None:
    """After closing nothing is called, and the thread has ended; closing one that never started is nothing."""
    calls: list[str] = []
    schedule = Schedule(clock, Pool())
    schedule.start()
    schedule.at("a", 1.0, lambda: calls.append("a"))
    schedule.close()
    clock.advance(5.0)
    assert calls == []
    Schedule(clock, Pool()).close()


def test_fire_when_the_schedule_was_not_started_then_calls_what_is_due(clock: FakeClock) -> None:
    """A schedule without a thread is driven by hand, a moment after the other."""
    schedule = Schedule(clock, Pool())
    calls: list[str] = []
    schedule.at("late", 5.0, lambda: calls.append("late"))
    schedule.at("early", 2.0, lambda: calls.append("early"))
    assert schedule.next_s() == 2.0
    schedule.fire()
    assert calls == []
    clock.advance(2.0)
    schedule.fire()
    assert (calls, schedule.next_s()) == (["early"], 5.0)


def test_next_s_when_names_are_forgotten_or_moved_then_passes_over_them(clock: FakeClock) -> None:
    """What is no longer to be called is not due."""
    schedule = Schedule(clock, Pool())
    schedule.at("forgotten", 1.0, lambda: None)
    schedule.at("moved", 2.0, lambda: None)
    schedule.at("moved", 3.0, lambda: None)
    schedule.at("forgotten", None, lambda: None)
    assert schedule.next_s() == 3.0
    schedule.at("moved", None, lambda: None)
    assert schedule.next_s() is None
