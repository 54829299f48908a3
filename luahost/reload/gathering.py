"""The gathering: when paths that came one by one make a batch. Pure timing, without a thread."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Gathering"]

# A save and what belongs to it is over within a few milliseconds; a longer wait would be most of the time from a
# save to its effect, which is to stay below 15 ms.
_FIRST_S = 0.010
_LONGEST_S = 0.200
_AGAIN_S = 0.100


class Gathering:
    """Holds paths until they are due: 10 ms after the first.

    The wait doubles, up to 200 ms after the first, with each arrival before that or within 100 ms after a
    batch was taken. A path that is held, as its file has become empty and its content may be on the way,
    keeps the batch back for 200 ms, once, unless it arrives again with content.
    """

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._held: dict[str, float] = {}
        self._began_s: float | None = None
        self._wait_s = _FIRST_S
        self._taken_s: float | None = None

    @property
    def began_s(self) -> float | None:
        """Returns when the first arrival of the batch was, None if nothing has arrived."""
        return self._began_s

    def put(self, now: float, paths: Iterable[str]) -> None:
        """Notes an arrival, which ends the hold of its paths."""
        self._wait_s = self._next_wait(now)
        if self._began_s is None:
            self._began_s = now
        for path in paths:
            self._paths[path] = None
            self._held.pop(path, None)

    def hold(self, now: float, paths: Iterable[str]) -> None:
        """Keeps the batch back for some of its paths; those that have been held aren't held again."""
        for path in paths:
            self._held.setdefault(path, now + _LONGEST_S)

    def due_s(self) -> float | None:
        """Returns when the batch is due; None if there is none."""
        if self._began_s is None:
            return None
        return max(self._began_s + self._wait_s, *self._held.values(), 0.0)

    def paths(self) -> tuple[str, ...]:
        """Returns the paths that have arrived, first ones first."""
        return tuple(self._paths)

    def take(self, now: float) -> tuple[str, ...]:
        """Returns the batch and begins anew."""
        paths = self.paths()
        self._paths, self._held = {}, {}
        self._began_s = None
        self._taken_s = now
        return paths

    def _next_wait(self, now: float) -> float:
        is_busy = self._began_s is not None or (self._taken_s is not None and now - self._taken_s <= _AGAIN_S)
        return min(2 * self._wait_s, _LONGEST_S) if is_busy else _FIRST_S
