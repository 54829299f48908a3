"""When the next frame is due."""

from __future__ import annotations

import pytest

from luahost.protocol.pacing import Pacing


@pytest.fixture
def pacing() -> Pacing:
    """Returns one that sends at most every 10 ms."""
    return Pacing(0.010)


def test_ready_when_several_come_then_they_wait_for_one_frame(pacing: Pacing) -> None:
    """Nothing goes at once; the first says when, and the others ride along (B3)."""
    assert [pacing.ready(now) for now in (5.0, 5.004, 5.008)] == [5.010, 5.010, 5.010]


def test_ready_when_it_is_urgent_then_it_is_due_now(pacing: Pacing) -> None:
    """A user event is sent at once, with all that waits (B2)."""
    pacing.ready(5.0)
    assert pacing.ready(5.003, urgent=True) == 5.003


def test_ready_when_it_is_due_already_then_nothing_puts_it_off(pacing: Pacing) -> None:
    """What comes later does not begin the wait anew, urgent or not (B6, B7)."""
    pacing.ready(5.0)
    assert pacing.ready(5.020) == 5.010
    assert pacing.ready(5.030, urgent=True) == 5.010


def test_clear_when_all_is_sent_then_nothing_is_due(pacing: Pacing) -> None:
    """After a frame, or at the end, nothing is due until something is ready (B5)."""
    pacing.ready(5.0)
    pacing.clear()
    assert pacing.due_s is None
    assert pacing.ready(6.0) == 6.010


def test_ready_when_there_are_two_connections_then_each_has_its_time(pacing: Pacing) -> None:
    """One that is sent leaves the other waiting (B8)."""
    other = Pacing(0.010)
    other.ready(5.0)
    pacing.ready(5.0)
    pacing.clear()
    assert (pacing.due_s, other.due_s) == (None, 5.010)
