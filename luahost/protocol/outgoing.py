"""Outgoing: what one connection is still to be told.

Updates of a variable become one, the newest value and the newest of each property, so that a peer that reads slowly
costs no more than its variables. Destroy notices go first, then high, medium and low priority, each as it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from luahost.protocol.messages import Code, error_message

__all__ = ["HIGH", "LOW", "MEDIUM", "MOST_REPLIES", "Outgoing"]

HIGH, MEDIUM, LOW = 1, 2, 3

MOST_REPLIES = 1000
"""How many answers and errors wait for a peer that doesn't read; what comes then is dropped, and one error says so."""

Wire = dict[str, Any]


class _Update:
    """An update under way; its value and its properties may have come at different times."""

    __slots__ = ("id", "properties", "value")

    def __init__(self, id: int) -> None:
        self.id = id
        self.value: Any = msgspec.UNSET
        self.properties: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether newer ones have taken all of it."""
        return self.value is msgspec.UNSET and not self.properties

    def wire(self) -> Wire:
        """Returns the update as it stands on the wire."""
        data: Wire = {"varId": self.id}
        if self.value is not msgspec.UNSET:
            data["value"] = self.value
        if self.properties:
            data["properties"] = self.properties
        return {"type": "update", "data": data}


class Outgoing:
    """Keeps pending messages with the ids of the wire. Not guarded: its connection is.

    Invariant: a variable's value, and each of its properties, is pending at most once.
    """

    def __init__(self) -> None:
        self._destroyed: dict[int, Wire] = {}
        self._queues: dict[int, dict[object, Wire | _Update]] = {HIGH: {}, MEDIUM: {}, LOW: {}}
        self._replies = 0

    def __bool__(self) -> bool:
        """Returns whether anything is pending."""
        return bool(self._destroyed) or any(self._queues.values())

    @property
    def is_full(self) -> bool:
        """Whether answers would be dropped: the peer must read before it is listened to again."""
        return self._replies >= MOST_REPLIES

    def put_value(self, id: int, priority: int, value: Any) -> None:
        """Adds a variable's new value, which says that an error it was in is over."""
        self._drop(("trouble", id))
        for _, update in self._updates_of(id):
            update.value = msgspec.UNSET
        self._update(id, priority).value = value

    def put_properties(self, id: int, priority: int, properties: dict[str, str]) -> None:
        """Adds a variable's new properties; the others stay."""
        for _, update in self._updates_of(id):
            for name in properties:
                update.properties.pop(name, None)
        self._update(id, priority).properties.update(properties)

    def put_destroyed(self, id: int) -> None:
        """Adds the notice that a variable is gone, and drops what was pending of it."""
        for queue, _ in self._updates_of(id):
            del queue[id]
        self._drop(("create", id))
        self._drop(("trouble", id))
        self._destroyed[id] = {"type": "destroy", "data": {"varId": id}}

    def put_created(self, priority: int, data: Wire) -> None:
        """Adds the notice of a variable that was made."""
        self._queues[priority]["create", data["id"]] = {"type": "create", "data": data}

    def put_trouble(self, priority: int, data: Wire) -> None:
        """Adds the error that a variable is in, in place of another one."""
        self._drop(("trouble", data["varId"]))
        self._queues[priority]["trouble", data["varId"]] = {"type": "error", "data": data}

    def put_reply(self, type: str, priority: int, data: Wire) -> None:
        """Adds an answer, or an error; the same error of a variable takes the place of its last."""
        key = ("error", data["varId"], data["code"]) if type == "error" else object()
        if key not in self._queues[priority]:
            if self.is_full:
                self._queues[HIGH]["limit"] = error_message(0, Code.limit, "more answers than were read: some are lost")
                return
            self._replies += 1
        self._queues[priority][key] = {"type": type, "data": data}

    def take(self) -> list[Wire]:
        """Returns all that is pending, in its order, and forgets it."""
        queued = [entry for priority in (HIGH, MEDIUM, LOW) for entry in self._queues[priority].values()]
        updates = [entry.wire() if isinstance(entry, _Update) else entry for entry in queued if not _is_void(entry)]
        messages = [*self._destroyed.values(), *updates]
        self.clear()
        return messages

    def clear(self) -> None:
        """Forgets what is pending."""
        self._destroyed = {}
        self._queues = {HIGH: {}, MEDIUM: {}, LOW: {}}
        self._replies = 0

    def _drop(self, key: object) -> None:
        for queue in self._queues.values():
            queue.pop(key, None)

    def _update(self, id: int, priority: int) -> _Update:
        found = self._queues[priority].setdefault(id, _Update(id))
        assert isinstance(found, _Update)
        return found

    def _updates_of(self, id: int) -> Iterator[tuple[dict[object, Wire | _Update], _Update]]:
        for queue in self._queues.values():
            found = queue.get(id)
            if isinstance(found, _Update):
                yield queue, found


def _is_void(entry: Wire | _Update) -> bool:
    return isinstance(entry, _Update) and entry.is_empty
