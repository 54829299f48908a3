"""Deadlines: one thread that ends turns which have run for too long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

LOOKS_PER_LIMIT = 8
SHORTEST_LOOK_S = 0.005
LONGEST_LOOK_S = 0.25


class Timed(Protocol):
    """A session's turns, as far as a deadline knows them."""

    depth: int
    number: int
    limit_s: float

    def end(self, number: int | None, reason: str) -> bool:
        """Ends the turn with this number if it still runs."""


class Deadlines:
    """Looks at all turns now and then, and ends those that were seen running for their limit.

    A turn pays nothing for it but its number. It is ended within its limit and two looks, each an eighth of the
    shortest limit that any session has.
    """

    def __init__(
        self, running: Callable[[], Iterable[Timed]], now: Callable[[], float], shortest_limit_s: float
    ) -> None:
        self._running = running
        self._now = now
        self._shortest_limit_s = shortest_limit_s
        self._look_s = _look_s(shortest_limit_s)
        self._seen: dict[Timed, tuple[int, float]] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="luahost-deadlines", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; no turn is ended any more."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def look(self) -> None:
        """Ends the turns that were first seen their limit ago."""
        now, seen, shortest_s = self._now(), {}, self._shortest_limit_s
        for turns in self._running():
            shortest_s = min(shortest_s, turns.limit_s or shortest_s)
            if turns.depth == 0 or not turns.limit_s:
                continue
            number = turns.number
            known = self._seen.get(turns)
            since = known[1] if known is not None and known[0] == number else now
            seen[turns] = (number, since)
            if now - since >= turns.limit_s:
                turns.end(number, f"the turn took longer than {turns.limit_s:g} s and was ended")
        self._seen, self._look_s = seen, _look_s(shortest_s)

    def _run(self) -> None:
        while not self._closed.wait(self._look_s):
            self.look()


def _look_s(limit_s: float) -> float:
    return min(max(limit_s / LOOKS_PER_LIMIT, SHORTEST_LOOK_S), LONGEST_LOOK_S)
