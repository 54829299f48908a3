"""What a session may print in a second."""

from __future__ import annotations

from luahost.output import MOST_BYTES, Output
from luahost.testing.fake_clock import FakeClock


def test_admit_when_there_is_room_then_lines_are_said() -> None:
    """Lines go through up to the limit, with no notice."""
    output = Output(FakeClock().now)
    assert [output.admit(MOST_BYTES // 2) for _ in range(2)] == [(True, None), (True, None)]


def test_admit_when_there_is_too_much_then_it_is_dropped_with_one_notice() -> None:
    """What is above the limit is dropped; that it is, is said once."""
    output = Output(FakeClock().now)
    output.admit(MOST_BYTES)
    dropped = [output.admit(10) for _ in range(3)]
    assert [admitted for admitted, _ in dropped] == [False, False, False]
    assert [notice is not None for _, notice in dropped] == [True, False, False]


def test_admit_when_a_second_has_passed_then_lines_are_said_again_and_the_dropped_counted() -> None:
    """The next second begins with how many lines were dropped."""
    clock = FakeClock()
    output = Output(clock.now)
    for _ in range(3):
        output.admit(MOST_BYTES)
    clock.advance(1.0)
    assert output.admit(10) == (True, "2 lines of output were dropped: more than 1 MiB in a second")
    assert output.admit(10) == (True, None)
