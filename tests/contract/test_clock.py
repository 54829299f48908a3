"""What every clock keeps: the machine's, and the one of tests."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from luahost.clock import Clock, SystemClock
from luahost.testing.fake_clock import FakeClock


@pytest.fixture(params=[SystemClock, FakeClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    return request.param()


class Waiter(threading.Thread):
    """Waits on a clock once, from its own thread."""

    def __init__(self, clock: Clock, timeout_s: float | None) -> None:
        super().__init__(daemon=True)
        self.condition = threading.Condition()
        self.is_waiting = False
        self._clock, self._timeout_s = clock, timeout_s

    def run(self) -> None:
        with self.condition:
            self._clock.now()
            self.is_waiting = True
            self._clock.wait(self.condition, self._timeout_s)


@pytest.mark.parametrize("timeout_s", [None, 1000.0, float("inf")])
def test_wait_when_it_is_notified_then_it_ends(
    clock: Clock, timeout_s: float | None, wait_until: Callable[..., None]
) -> None:
    """A notification ends a wait, whatever its time."""
    waiter = Waiter(clock, timeout_s)
    waiter.start()
    wait_until(lambda: waiter.is_waiting)
    with waiter.condition:
        waiter.condition.notify_all()
    waiter.join(10)
    assert not waiter.is_alive()


def test_wait_when_the_time_is_over_then_it_ends(clock: Clock, wait_until: Callable[..., None]) -> None:
    """A wait ends when its time of this clock has passed, and the clock has gone on by then."""
    began_s = clock.now()
    waiter = Waiter(clock, 0.02)
    waiter.start()
    wait_until(lambda: waiter.is_waiting)
    if isinstance(clock, FakeClock):
        clock.advance(0.02)
    waiter.join(10)
    assert not waiter.is_alive()
    assert clock.now() - began_s >= 0.0199


def test_wait_when_no_time_is_left_then_it_returns(clock: Clock) -> None:
    """A wait of no time is none."""
    condition = threading.Condition()
    with condition:
        clock.now()
        clock.wait(condition, 0.0)


def test_fake_clock_when_it_is_advanced_between_look_and_wait_then_the_wait_knows() -> None:
    """A thread that looked at the clock before it was moved does not wait for the time that has passed."""
    clock, condition = FakeClock(), threading.Condition()
    with condition:
        clock.now()
        mover = threading.Thread(target=clock.advance, args=[1.0])
        mover.start()
        mover.join(10)
        clock.wait(condition, 1.0)


def test_fake_clock_when_nobody_advances_then_it_stands() -> None:
    """Time passes only when the test says so."""
    clock = FakeClock(start_s=5.0)
    clock.advance(2.5)
    assert (clock.now(), clock.now()) == (7.5, 7.5)
