"""Expiry: closes the sessions that nobody has been connected to for long."""

from __future__ import annotations

from typing import Protocol

from luahost.clock import Clock
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule

__all__ = ["UNVISITED_S", "Expiry"]

UNVISITED_S = 60.0
"""How long a session waits for its first peer."""


class Visits(Protocol):
    """Who is, and who was, connected to a session."""

    last_traffic_s: float

    @property
    def count(self) -> int:
        """How many there have been."""

    def __len__(self) -> int:
        """Returns how many there are."""

    def touch(self) -> None:
        """Notes that somebody has shown interest."""


class Visited(Protocol):
    """A session, as far as its expiry knows it."""

    key: str

    @property
    def connections(self) -> Visits:
        """Who is connected."""

    @property
    def is_closed(self) -> bool:
        """Whether it is gone already."""

    def close(self) -> None:
        """Ends it."""


class Expiry:
    """Lets sessions go, never while somebody is connected: `timeout_s` after the last traffic (0: never).

    One that nobody ever connected to goes a minute after the last look at its page.
    """

    def __init__(self, clock: Clock, schedule: Schedule, pool: Pool, timeout_s: float) -> None:
        self._clock, self._schedule, self._pool = clock, schedule, pool
        self._timeout_s = timeout_s

    def admit(self, session: Visited) -> None:
        """Begins to watch over a session, which counts as looked at now."""
        session.connections.touch()
        self._look_at(session, self._clock.now() + UNVISITED_S)

    def _look_at(self, session: Visited, due_s: float) -> None:
        self._schedule.at(("expiry", session.key), due_s, lambda: self._look_later(session))

    def _look_later(self, session: Visited) -> None:
        # Closing waits for the session's turn: not in the thread that wakes everybody else.
        self._pool.submit(lambda: self._look(session))

    def _look(self, session: Visited) -> None:
        if session.is_closed:
            return
        visits, now = session.connections, self._clock.now()
        allowed_s = self._timeout_s if visits.count else UNVISITED_S
        if not allowed_s:
            return
        due_s = (now if visits else visits.last_traffic_s) + allowed_s
        if due_s > now:
            self._look_at(session, due_s)
        else:
            session.close()
