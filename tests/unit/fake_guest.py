"""A session as its connections know it: a few variables, and no Lua."""

from __future__ import annotations

from typing import Any

import msgpack

from luahost.errors import LuaHostError
from luahost.protocol.connections import Connections

TYPES = {
    "Contact": {"Contact.DEFAULT": "<template>contact</template>", "Contact.list-item": "<template>row</template>"}
}


class FakeGuest:
    """Obeys `luahost.protocol.connections.Guest`, and offers view definitions.

    Keeps what it is asked. A value that is written is told to every other connection that watches; `raises` is raised
    instead, once.
    """

    def __init__(self, *, most: int = 0, most_bytes: int = 0) -> None:
        self.asked: list[tuple[int, list[dict[str, Any]]]] = []
        self.disconnected: list[int] = []
        self.now_s = 0.0
        self.definitions: dict[str, dict[str, str]] = {type: dict(views) for type, views in TYPES.items()}
        self.raises: LuaHostError | None = None
        self._watchers: dict[Any, list[int]] = {}
        self.connections = Connections(self, self, lambda: self.now_s, most=most, most_bytes=most_bytes)

    def of_type(self, type: str) -> dict[str, str]:
        """Returns the definitions of a type."""
        return self.definitions.get(type, {})

    def exchange(self, connection: int, packed: bytes) -> None:
        """Carries out messages."""
        if self.raises is not None:
            error, self.raises = self.raises, None
            raise error
        batch = msgpack.unpackb(packed)
        self.asked.append((connection, batch))
        for request in batch:
            self._carry_out(connection, request)

    def update(self, connection: int, id: Any, value: object) -> None:
        """Carries out an update that is a value alone."""
        message = {"type": "update", "id": id, "valued": True, "value": value, "properties": {}}
        self.exchange(connection, msgpack.packb([message]))

    def forget(self, connection: int) -> None:
        """Notes that a connection has gone."""
        self.disconnected.append(connection)

    def tell(self, *entries: list[Any]) -> None:
        """Tells what has changed, as at the end of a turn."""
        self.connections.distribute(msgpack.packb(entries))

    def _carry_out(self, connection: int, request: dict[str, Any]) -> None:
        watchers = self._watchers.setdefault(request.get("id", 0), [])
        if request["type"] == "watch":
            watchers.append(connection)
            self.tell([[connection], "update", 2, request["id"], True, None, {}])
        elif request["type"] == "update" and (others := [each for each in watchers if each != connection]):
            self.tell([others, "update", 2, request["id"], request["valued"], request["value"], None])
