"""Pacing: when a connection's next frame is due."""

from __future__ import annotations

__all__ = ["INTERVAL_S", "Pacing"]

INTERVAL_S = 0.010
"""How long what is ready waits for more, so that there is at most one frame in that time."""


class Pacing:
    """Says when to send. Times are passed in, in seconds of one clock; `due_s` is None while nothing is ready."""

    __slots__ = ("_interval_s", "due_s")

    def __init__(self, interval_s: float = INTERVAL_S) -> None:
        self._interval_s = interval_s
        self.due_s: float | None = None

    def ready(self, now_s: float, *, urgent: bool = False) -> float:
        """Notes that something is to be sent; returns when. What is due already is not put off."""
        due_s = now_s if urgent else now_s + self._interval_s
        self.due_s = due_s if self.due_s is None else min(due_s, self.due_s)
        return self.due_s

    def clear(self) -> None:
        """Notes that all has been sent, or that nothing will be."""
        self.due_s = None
