"""Strikes: when a session has met its limits once too often."""

from __future__ import annotations

from luahost.strikes import MOST_STRIKES, Strikes


def test_strikes_when_turns_follow_each_other_then_the_last_is_enough() -> None:
    """So many turns in a row that a limit ended are enough, and that is said once."""
    strikes = Strikes()
    assert [strikes.strike(number) for number in range(MOST_STRIKES + 1)] == [False] * 4 + [True, False]


def test_strikes_when_a_turn_between_is_fine_then_counting_begins_anew() -> None:
    """A turn that kept its limits makes up for those before."""
    strikes = Strikes()
    assert not any(strikes.strike(number) for number in (0, 1, 2, 3, 5, 6, 7, 8))


def test_strikes_when_turns_are_followed_by_nobodys_then_they_are_in_a_row() -> None:
    """What follows up on a turn that was ended makes up for nothing, and is no strike of its own."""
    strikes = Strikes()
    assert [strikes.strike(number, is_followed=number % 2 == 0) for number in range(9)] == [False] * 8 + [True]


def test_strikes_when_one_turn_is_struck_twice_then_it_counts_once() -> None:
    """Entries of one turn that are ended one after the other are one strike."""
    strikes = Strikes()
    assert not any(strikes.strike(number) for number in (0, 0, 1, 1, 2, 2, 3, 3))
