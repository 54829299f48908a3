"""The meter: how long the turns of a session take, while somebody wants to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from luahost.turning.turns import Turns

MOST_TIMES = 4096
"""So many turns are kept for whoever asks; of more, the last."""


class TimedTurns(Turns):
    """Turns that are timed. What is `Turns` becomes this while a meter is on it: without one, nobody pays for it."""

    __slots__ = ()

    # Not `super()`: the meter may be taken off by another thread while a turn is on its way in or out.
    def enter(self, timeout_s: float | None = None) -> None:
        """Begins a turn, or a nested one."""
        Turns.enter(self, timeout_s)
        if self.depth == 1 and self.meter is not None:
            self.meter.begin()

    def leave(self) -> None:
        """Ends the turn."""
        if self.depth == 1 and self.meter is not None:
            self.meter.end()
        Turns.leave(self)


class Meter:
    """Times the turns of one session from `open` to `close`.

    `begin` and `end` are called within the turn, one thread at a time; the rest may be called from any thread.
    `count` is how many were timed.
    """

    __slots__ = ("_began_s", "_now", "_times_s", "_turns", "count")

    def __init__(self, turns: Turns, now: Callable[[], float]) -> None:
        self._turns = turns
        self._now = now
        self._began_s: float | None = None
        self._times_s: deque[float] = deque(maxlen=MOST_TIMES)
        self.count = 0

    def open(self) -> None:
        """Begins to time turns; the present one isn't counted."""
        self._turns.meter = self
        self._turns.__class__ = TimedTurns

    def close(self) -> None:
        """Ends it, for all meters of the session."""
        self._turns.__class__ = Turns

    def take(self) -> list[float]:
        """Returns the seconds that each turn took which has ended since this was asked last."""
        return [self._times_s.popleft() for _ in range(len(self._times_s))]

    def begin(self) -> None:
        """Notes that an outermost turn has begun."""
        self._began_s = self._now()

    def end(self) -> None:
        """Notes that it ends."""
        if self._began_s is not None:
            self._times_s.append(self._now() - self._began_s)
            self._began_s = None
            self.count += 1
