"""Ids: how one connection's names for variables become the session's, and back.

On the wire 1 and negative ids mean the same to all; from 2 on each connection counts for itself. In the session the
17 of connection 3 is "c3:17". Nothing is remembered: whether an id is in use, the session says.
"""

from __future__ import annotations

from typing import TypeAlias

from luahost.protocol.messages import BadMessage

__all__ = ["Ids", "VariableId"]

VariableId: TypeAlias = int | str
"""An id as the session knows it."""


class Ids:
    """Translates the ids of the connection with this number."""

    def __init__(self, connection: int) -> None:
        self._prefix = f"c{connection}:"

    def inward(self, id: int) -> VariableId:
        """Returns the session's id for one on the wire; raises BadMessage for 0, which names nothing."""
        if id == 0:
            raise BadMessage("no variable has the id 0")
        return id if id < 2 else f"{self._prefix}{id}"

    def outward(self, id: VariableId) -> int | None:
        """Returns the id on the wire; None for a variable of another connection, which has no name here."""
        if isinstance(id, int):
            return id
        return int(id[len(self._prefix) :]) if id.startswith(self._prefix) else None
