"""The gate: with `durability = "ack"`, what a session tells its peers waits until that is durable."""

from __future__ import annotations

import threading
from collections.abc import Callable

from luahost.errors import LuaHostError
from luahost.records.keeper import Keeper
from luahost.records.lasting import LastingSession

__all__ = ["Gate"]

Send = Callable[[], object]


class Gate:
    """Holds back what sessions send, in order, until the save that covers it is durable.

    What a refused save should have covered goes with the next one that is not refused. A session that isn't saved at
    all sends at once.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._lock = threading.Lock()
        self._held: dict[str, list[Send]] = {}
        self._asked: set[str] = set()

    def send(self, session: LastingSession, send: Send) -> None:
        """Sends what a session tells in its present turn, after the save behind that turn."""
        with self._lock:
            self._held.setdefault(session.key, []).append(send)
            is_asked = session.key in self._asked
            self._asked.add(session.key)
        if not is_asked:
            session.behind(lambda: self._save(session))

    def _save(self, session: LastingSession) -> None:
        with self._lock:
            held = self._held.pop(session.key, [])
            self._asked.discard(session.key)
        try:
            self._keeper.save(session, lambda error: self._saved(session, held, error))
        except LuaHostError as error:
            self._put_back(session, held)
            self._keeper.tell(session, error)

    def _saved(self, session: LastingSession, held: list[Send], error: LuaHostError | None) -> None:
        if error is not None:
            self._put_back(session, held)
            return
        for send in held:
            send()

    def _put_back(self, session: LastingSession, held: list[Send]) -> None:
        with self._lock:
            self._held[session.key] = held + self._held.pop(session.key, [])
