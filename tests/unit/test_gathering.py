"""The gathering: when a batch is due."""

from __future__ import annotations

import pytest

from luahost.reload.gathering import Gathering


def due_ms(gathering: Gathering) -> float | None:
    due_s = gathering.due_s()
    return None if due_s is None else round(due_s * 1000, 3)


def gathered(*arrivals_ms: float) -> Gathering:
    gathering = Gathering()
    for number, at_ms in enumerate(arrivals_ms):
        gathering.put(at_ms / 1000, [f"{number}.lua"])
    return gathering


@pytest.mark.parametrize(
    ("arrivals_ms", "due_at_ms"),
    [
        ((), None),
        ((0,), 10),
        ((0, 5), 20),
        ((0, 8, 17), 40),
        ((0, 8, 17, 25, 33), 160),
        ((0, 8, 17, 25, 33, 40), 200),
        (tuple(range(0, 199, 10)), 200),
    ],
)
def test_due_when_paths_arrive_meanwhile_then_the_wait_doubles_up_to_a_limit(
    arrivals_ms: tuple[float, ...], due_at_ms: float | None
) -> None:
    """H7, HD12: a batch waits 10 ms, twice as long with each arrival, at most 200 ms from the first."""
    assert due_ms(gathered(*arrivals_ms)) == due_at_ms


@pytest.mark.parametrize(("again_ms", "due_at_ms"), [(20, 40), (105, 125), (115, 125), (5000, 5010)])
def test_due_when_a_path_arrives_soon_after_a_batch_then_the_wait_doubles(again_ms: float, due_at_ms: float) -> None:
    """H8, HD13: two files 20 ms apart are two batches; within 100 ms, the second waits longer."""
    gathering = gathered(0)
    gathering.take(0.010)
    gathering.put(again_ms / 1000, ["b.lua"])
    assert due_ms(gathering) == due_at_ms


def test_take_when_paths_arrived_twice_then_each_is_there_once() -> None:
    """A batch has each path once, in the order of arrival, and what comes next begins anew."""
    gathering = Gathering()
    for path in ("b", "a", "b"):
        gathering.put(0.0, [path])
    assert gathering.take(0.2) == ("b", "a")
    assert (gathering.take(0.3), gathering.due_s()) == ((), None)


def test_hold_when_a_file_is_empty_then_the_batch_waits_200_ms() -> None:
    """A file that has become empty is given time to be written."""
    gathering = gathered(0)
    gathering.hold(0.010, ["0.lua"])
    assert due_ms(gathering) == 210


def test_hold_when_the_file_arrives_again_then_the_hold_ends() -> None:
    """Content that arrives ends the wait for it."""
    gathering = gathered(0)
    gathering.hold(0.0, ["0.lua"])
    gathering.put(0.010, ["0.lua"])
    assert due_ms(gathering) == 20


def test_hold_when_it_is_over_then_the_path_is_not_held_again() -> None:
    """A file that stays empty is taken as empty."""
    gathering = gathered(0)
    gathering.hold(0.0, ["0.lua"])
    gathering.hold(0.2, ["0.lua"])
    assert due_ms(gathering) == 200
