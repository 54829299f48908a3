"""The sampler: one thread that asks, many times a second, where the guest code is that runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Protocol

__all__ = ["INTERVAL_S", "Sampler"]

INTERVAL_S = 0.001

CLOSING_S = 1.0


class Sampled(Protocol):
    """What runs in a turn, and can be asked for its stack."""

    def sample(self) -> None:
        """Asks for it; it is told of in the thread that runs the turn."""


class Running(Protocol):
    """A session's turns, as far as the sampler knows them."""

    @property
    def depth(self) -> int:
        """How many turns are in one another; 0 where none runs."""

    @property
    def guest(self) -> Sampled | None:
        """What runs in them; None once the session is closed."""


class Sampler:
    """Asks each session that is in a turn for its stack, at an interval; one that waits in Python answers later.

    `ending` is the lock under which turns are ended.
    """

    def __init__(
        self, running: Callable[[], Iterable[Running]], ending: threading.Lock, interval_s: float = INTERVAL_S
    ) -> None:
        self._running = running
        self._ending = ending
        self._interval_s = interval_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="luahost-sampler", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(CLOSING_S)

    def look(self) -> None:
        """Asks all that are in a turn."""
        for turns in self._running():
            if turns.depth:
                with self._ending:
                    guest = turns.guest
                    if turns.depth and guest is not None:
                        guest.sample()

    def _run(self) -> None:
        while not self._closed.wait(self._interval_s):
            self.look()
