"""Locks by key: one at a time does something for one key; others are not held up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["KeyLocks"]


class KeyLocks:
    """A lock for each key that somebody holds or waits for; nothing is left of the others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Holds the key's lock."""
        lock = self._enter(key)
        try:
            with lock:
                yield
        finally:
            self._leave(key)

    def is_held(self, key: str) -> bool:
        """Returns whether somebody holds the key's lock, or waits for it."""
        return key in self._locks

    def __len__(self) -> int:
        """Returns how many keys are held or waited for."""
        return len(self._locks)

    def _enter(self, key: str) -> threading.Lock:
        with self._lock:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = lock, users + 1
            return lock

    def _leave(self, key: str) -> None:
        with self._lock:
            lock, users = self._locks[key]
            if users == 1:
                del self._locks[key]
            else:
                self._locks[key] = lock, users - 1
