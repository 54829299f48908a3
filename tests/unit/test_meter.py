"""The meter: turns are timed while somebody wants it, and not otherwise."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from luahost.turning.meter import MOST_TIMES, Meter, TimedTurns
from luahost.turning.pool import Pool
from luahost.turning.turns import Turns, Waits


class Watch:
    """A clock that goes on by a second at each look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """Returns the next second."""
        self.now_s += 1.0
        return self.now_s


@pytest.fixture
def turns() -> Iterator[Turns]:
    """Returns the turns of one session."""
    pool = Pool()
    yield Turns(pool, Waits(), 5.0)
    pool.close(5.0)


def test_meter_when_open_then_times_each_outermost_turn(turns: Turns) -> None:
    """A turn is timed from its begin to its end; what is nested in it is part of it."""
    meter = Meter(turns, Watch())
    meter.open()
    for _ in range(2):
        turns.enter()
        turns.enter()
        turns.leave()
        turns.leave()
    assert meter.take() == [1.0, 1.0]
    assert meter.take() == []


def test_meter_when_opened_within_a_turn_then_counts_from_the_next(turns: Turns) -> None:
    """A turn whose begin nobody saw isn't counted."""
    meter = Meter(turns, Watch())
    turns.enter()
    meter.open()
    turns.leave()
    assert meter.take() == []


def test_meter_when_closed_within_a_turn_then_the_turn_ends_well(turns: Turns) -> None:
    """A meter may be taken off at any time; turns are then as if there never had been one."""
    meter = Meter(turns, Watch())
    meter.open()
    turns.enter()
    meter.close()
    turns.leave()
    assert type(turns) is Turns
    assert (meter.take(), turns.depth, turns.number) == ([], 0, 1)


def test_meter_when_nobody_asks_then_keeps_only_the_last_times(turns: Turns) -> None:
    """What is kept is bounded."""
    meter = Meter(turns, Watch())
    meter.open()
    for _ in range(MOST_TIMES + 10):
        turns.enter()
        turns.leave()
    assert len(meter.take()) == MOST_TIMES


def test_meter_when_it_comes_and_goes_while_turns_run_then_none_is_lost(turns: Turns) -> None:
    """Opening and closing from another thread disturbs no turn."""
    is_over = threading.Event()

    def come_and_go() -> None:
        while not is_over.is_set():
            meter = Meter(turns, Watch())
            meter.open()
            meter.close()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(20_000):
            turns.enter()
            turns.leave()
    finally:
        is_over.set()
        thread.join()
    assert (turns.number, turns.depth, turns.owner) == (20_000, 0, 0)


def test_timed_turns_when_made_of_turns_then_keep_everything(turns: Turns) -> None:
    """Turns become timed as they are, and become themselves again."""
    meter = Meter(turns, Watch())
    meter.open()
    assert isinstance(turns, TimedTurns)
    turns.enter()
    assert turns.is_mine()
    turns.leave()
    meter.close()
    assert not isinstance(turns, TimedTurns)
