"""Strikes: turns in a row that a limit ended. So many are no mishap: the session would only burn time."""

from __future__ import annotations

MOST_STRIKES = 5


class Strikes:
    """Counts, by the turns' numbers. What was struck twice in one turn counts once."""

    __slots__ = ("_count", "_last")

    def __init__(self) -> None:
        self._count, self._last = 0, -1

    def strike(self, number: int, *, is_followed: bool = False) -> bool:
        """Counts a turn that a limit ended; returns whether with it the session has had enough.

        `is_followed`: the next turn only looks for what this one changed, and counts for nothing.
        """
        if number == self._last:
            return False
        self._count = self._count + 1 if number == self._last + 1 else 1
        self._last = number + is_followed
        return self._count == MOST_STRIKES
