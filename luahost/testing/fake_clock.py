"""A clock that stands until a test moves it."""

from __future__ import annotations

import threading

__all__ = ["FakeClock"]


class FakeClock:
    """Obeys `luahost.clock.Clock`; time passes only by `advance`.

    A wait counts from the moment at which its thread last looked at the clock, so that an `advance` that
    falls between a thread's look and its wait is not lost to it.
    """

    def __init__(self, start_s: float = 1000.0) -> None:
        self._now_s = start_s
        self._lock = threading.Lock()
        self._seen = threading.local()
        self._waits: dict[object, tuple[threading.Condition, float]] = {}

    def now(self) -> float:
        """Returns the time, in seconds."""
        with self._lock:
            self._seen.now_s = self._now_s
            return self._now_s

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Waits on `condition`, whose lock the caller holds, until notified or `timeout_s` were advanced."""
        if timeout_s is None:
            condition.wait()
            return
        wait = object()
        with self._lock:
            deadline_s = getattr(self._seen, "now_s", self._now_s) + timeout_s
            if deadline_s <= self._now_s:
                return
            self._waits[wait] = condition, deadline_s
        condition.wait()
        with self._lock:
            self._waits.pop(wait, None)

    def advance(self, seconds: float) -> None:
        """Lets time pass, and wakes those whose wait is over."""
        with self._lock:
            self._now_s += seconds
            due = [condition for condition, deadline_s in self._waits.values() if deadline_s <= self._now_s]
        for condition in due:
            with condition:
                condition.notify_all()
