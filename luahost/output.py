"""Output: how much a session may print and log."""

from __future__ import annotations

from collections.abc import Callable

MOST_BYTES = 1024 * 1024
"""What a session may say in a second: more than anybody reads, less than what would stop the host."""


class Output:
    """Admits a session's lines up to `MOST_BYTES` a second; the rest is dropped, counted, and told of once."""

    __slots__ = ("_began_s", "_dropped", "_now", "_used_bytes")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began_s = 0.0
        self._used_bytes = 0
        self._dropped = 0

    def admit(self, size_bytes: int) -> tuple[bool, str | None]:
        """Returns whether a line of this size may be said, and what has to be said before it."""
        notice = self._begin_second()
        self._used_bytes += size_bytes
        if self._used_bytes <= MOST_BYTES:
            return True, notice
        self._dropped += 1
        return False, notice or ("output above 1 MiB a second is dropped" if self._dropped == 1 else None)

    def _begin_second(self) -> str | None:
        now, dropped = self._now(), self._dropped
        if now - self._began_s < 1.0:
            return None
        self._began_s, self._used_bytes, self._dropped = now, 0, 0
        return f"{dropped} lines of output were dropped: more than 1 MiB in a second" if dropped else None
