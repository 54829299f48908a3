"""The ring: the last of what happened, numbered, so that whoever looks can ask for what is new."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

__all__ = ["Ring"]

T = TypeVar("T")


class Ring(Generic[T]):
    """Keeps the last `most` entries. Numbers count from 1; any thread may add."""

    def __init__(self, most: int) -> None:
        self._entries: deque[T] = deque(maxlen=most)
        self._lock = threading.Lock()
        self.last = 0

    def add(self, entry: T) -> None:
        """Adds an entry; the oldest goes where there are too many."""
        with self._lock:
            self._entries.append(entry)
            self.last += 1

    def since(self, number: int) -> tuple[int, list[T]]:
        """Returns the number of the newest entry, and those that came after `number`, the oldest first."""
        with self._lock:
            new = min(self.last - number, len(self._entries))
            return self.last, list(self._entries)[len(self._entries) - new :] if new > 0 else []
