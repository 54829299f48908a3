"""The connections of one session: who is there, and what each is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Protocol

import msgpack

from luahost.errors import SessionClosed, TooManyConnections
from luahost.protocol.connection import Connection, Entry, OnReady
from luahost.protocol.ids import VariableId
from luahost.protocol.view_definitions import Definitions, SessionDefinitions

__all__ = ["Connections", "Guest"]


class Guest(Protocol):
    """The session, as far as its connections know it."""

    def exchange(self, connection: int, packed: bytes) -> None:
        """Carries out a connection's messages, in a turn. Raises LuaHostError."""

    def update(self, connection: int, id: VariableId, value: object) -> None:
        """Gives a variable a value, or does its action, for a connection, in a turn. Raises LuaHostError."""

    def forget(self, connection: int) -> None:
        """Takes away what a connection watched and made, soon; waits for no turn."""


class Connections:
    """Keeps the connections of a session. Numbers count from 1, and are never given twice.

    There are `most` at a time; 0: any number.
    `last_traffic_s` is when a peer came, spoke or went last, or `touch` was called; 0 before.
    """

    # Every session has one of these, and most have no peers.
    __slots__ = (
        "_by_number",
        "_definitions",
        "_guest",
        "_is_closed",
        "_last_number",
        "_lock",
        "_most",
        "_most_bytes",
        "_now",
        "last_traffic_s",
    )

    def __init__(
        self,
        guest: Guest,
        site: Definitions,
        now: Callable[[], float],
        *,
        most: int = 0,
        most_bytes: int = 0,
    ) -> None:
        self._guest = guest
        self._definitions = SessionDefinitions(site)
        self._most = most
        self._most_bytes = most_bytes
        self._now = now
        self.last_traffic_s = 0.0
        self._lock = threading.Lock()
        self._by_number: dict[int, Connection] = {}
        self._last_number = 0
        self._is_closed = False

    def __len__(self) -> int:
        """Returns how many there are."""
        return len(self._by_number)

    @property
    def count(self) -> int:
        """How many there have been."""
        return self._last_number

    def touch(self) -> None:
        """Notes that somebody has shown interest in the session."""
        self.last_traffic_s = self._now()

    def connect(self, on_ready: OnReady) -> Connection:
        """Returns a new connection.

        Raises SessionClosed if the session has ended, TooManyConnections if it has as many as it may.
        """
        with self._lock:
            if self._is_closed:
                raise SessionClosed("the session is closed")
            if self._most and len(self._by_number) >= self._most:
                raise TooManyConnections(f"the session has {self._most} connections already (setting max_connections)")
            self._last_number += 1
            number = self._last_number
            connection = Connection(number, self, self._definitions, on_ready, most_bytes=self._most_bytes)
            self._by_number[number] = connection
        self.touch()
        return connection

    def distribute(self, packed: bytes) -> None:
        """Hands the session's changes to those whom they concern."""
        entries: list[Entry] = msgpack.unpackb(packed, strict_map_key=False, unicode_errors="replace")
        concerned: dict[int, list[Entry]] = {}
        for entry in entries:
            for number in entry[0]:
                concerned.setdefault(number, []).append(entry)
        told = [(self._by_number.get(number), its) for number, its in concerned.items()]
        for connection, its in told:
            if connection is not None:
                connection.put(its)
                connection.ready()

    def define(self, registered: Mapping[str, str]) -> None:
        """Takes all view definitions that the session's modules have registered now."""
        self._definitions.register(registered)
        self.look_at_definitions()

    def look_at_definitions(self) -> None:
        """Sends the view definitions that changed to those who have got them."""
        for connection in self.all():
            connection.look_at_definitions()

    def all(self) -> list[Connection]:
        """Returns the connections, the oldest first."""
        with self._lock:
            return list(self._by_number.values())

    def close(self) -> None:
        """Tells everybody that the session is gone. Twice is nothing."""
        with self._lock:
            self._is_closed = True
            left = list(self._by_number.values())
            self._by_number.clear()
        for connection in left:
            connection.end("the session is closed")

    def exchange(self, connection: int, packed: bytes) -> None:
        """Carries out a connection's messages, in a turn."""
        self.touch()
        self._guest.exchange(connection, packed)

    def update(self, connection: int, id: VariableId, value: object) -> None:
        """Carries out the commonest message, in a turn."""
        self.touch()
        self._guest.update(connection, id, value)

    def hurry(self) -> None:
        """Lets every connection send what is pending at once."""
        for connection in self.all():
            connection.ready(urgent=True)

    def release(self, connection: int) -> None:
        """Forgets a connection that is closed."""
        with self._lock:
            known = self._by_number.pop(connection, None)
        if known is not None:
            self.touch()
            self._guest.forget(connection)
