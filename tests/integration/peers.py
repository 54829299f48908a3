"""Peers of a session, as the kernel knows them: they send messages, and keep what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgpack

from luahost import Session

Id = int | str


@dataclass
class Told:
    """What one peer was told, in the order of the entries. Its own ids are numbers, as it gave them."""

    entries: list[list[Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Returns whether there was anything."""
        return bool(self.entries)

    @property
    def updates(self) -> list[tuple[Any, ...]]:
        """What was updated: `(priority, id, has value, value, properties)`."""
        return [tuple(rest) for type, *rest in self.entries if type == "update"]

    @property
    def values(self) -> dict[Id, Any]:
        """The new values by id, the last one of each."""
        return {id: value for _, id, has_value, value, _ in self.updates if has_value}

    @property
    def properties(self) -> dict[Id, dict[str, str]]:
        """The new properties by id."""
        told: dict[Id, dict[str, str]] = {}
        for _, id, _, _, properties in self.updates:
            if properties:
                told.setdefault(id, {}).update(properties)
        return told

    @property
    def errors(self) -> list[tuple[Id, str]]:
        """The errors: `(id, code)`."""
        return [(data["varId"], data["code"]) for data in self.of("error")]

    @property
    def description(self) -> str:
        """The sentence of the only error."""
        (data,) = self.of("error")
        return str(data["description"])

    def of(self, type: str) -> list[Any]:
        """Returns the data of the entries of another type than an update."""
        return [entry[2] for entry in self.entries if entry[0] == type]


class Peers:
    """All that a session tells of its variables, decoded."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.entries: list[list[Any]] = []
        self.told_times = 0
        session.on_changes = self._take

    def peer(self, number: int) -> Peer:
        """Returns the peer with this number."""
        return Peer(self, number)

    def entries_for(self, number: int, since: int, until: int) -> Iterator[list[Any]]:
        """Returns the entries for a peer behind the first `since` of all, among the first `until`."""
        return (rest for to, *rest in self.entries[since:until] if number in to)

    def _take(self, packed: bytes) -> None:
        self.told_times += 1
        self.entries += msgpack.unpackb(packed, strict_map_key=False, unicode_errors="surrogateescape")


class Peer:
    """One connection. `send`, and what is built on it, answers what this peer was told in that turn."""

    def __init__(self, peers: Peers, number: int) -> None:
        self.number = number
        self._peers = peers
        self._seen = len(peers.entries)

    def send(self, *messages: dict[str, Any]) -> Told:
        """Sends messages as one batch."""
        self._seen = len(self._peers.entries)
        self._peers.session.exchange(self.number, self.packed(*messages))
        return self.read()

    def packed(self, *messages: dict[str, Any]) -> bytes:
        """Returns messages as they cross."""
        packed: bytes = msgpack.packb([self._inward(message) for message in messages], use_bin_type=True)
        return packed

    def read(self) -> Told:
        """Returns what this peer has been told since it looked last."""
        since, self._seen = self._seen, len(self._peers.entries)
        entries = list(self._peers.entries_for(self.number, since, self._seen))
        return Told([self._outward(entry) for entry in entries])

    def create(self, id: int, path: str | None = None, parent: Id = 1, **opts: Any) -> Told:
        """Creates a variable: see the function `create`."""
        return self.send(create(id, path, parent, **opts))

    def update(self, id: Id, *value: Any, **properties: str) -> Told:
        """Writes a value, if one is given, and properties; a value without parts alone, as connections do."""
        if len(value) != 1 or properties or isinstance(value[0], list | dict):
            return self.send(update(id, *value, **properties))
        self._seen = len(self._peers.entries)
        self._peers.session.update(self.number, self._inward({"id": id})["id"], value[0])
        return self.read()

    def watch(self, id: Id) -> Told:
        """Watches a variable."""
        return self.send({"type": "watch", "id": id})

    def unwatch(self, id: Id) -> Told:
        """Takes one watch back."""
        return self.send({"type": "unwatch", "id": id})

    def destroy(self, id: Id) -> Told:
        """Destroys a variable."""
        return self.send({"type": "destroy", "id": id})

    def get(self, *ids: Id) -> dict[Id, Any]:
        """Returns the values of variables."""
        (answer,) = self.send({"type": "get", "ids": list(ids)}).of("get")
        return {each["id"]: each["value"] for each in answer["variables"]}

    def leave(self) -> None:
        """Goes away."""
        self._peers.session.disconnect(self.number)

    def _inward(self, message: dict[str, Any]) -> dict[str, Any]:
        inward = {**message}
        for name in ("id", "parent"):
            if name in message:
                inward[name] = self._inner_id(message[name])
        if "ids" in message and message["type"] == "get":
            inward["ids"] = [self._inner_id(id) for id in message["ids"]]
        return inward

    def _inner_id(self, id: Id) -> Id:
        return f"c{self.number}:{id}" if isinstance(id, int) and id > 1 else id

    def _outer_id(self, id: Id) -> Id:
        own = f"c{self.number}:"
        return int(id[len(own) :]) if isinstance(id, str) and id.startswith(own) else id

    def _outward(self, entry: list[Any]) -> list[Any]:
        if entry[0] == "update":
            return [*entry[:2], self._outer_id(entry[2]), *entry[3:]]
        data = {
            name: self._outer_id(value) if name in ("id", "varId", "parentId") else value
            for name, value in entry[2].items()
        }
        if "variables" in data:
            data["variables"] = [{**each, "id": self._outer_id(each["id"])} for each in data["variables"]]
        return [*entry[:2], data]


def create(id: int, path: str | None = None, parent: Id = 1, **opts: Any) -> dict[str, Any]:
    """Returns the message that creates a variable; `opts` are `value`, `nowatch`, `unbound`, and properties."""
    message = {"type": "create", "id": id, "parent": parent}
    if "value" in opts:
        message |= {"valued": True, "value": opts.pop("value")}
    message |= {name: opts.pop(name) for name in ("nowatch", "unbound") if name in opts}
    properties = {} if path is None else {"path": path}
    return message | {"properties": properties | opts}


def update(id: Id, *value: Any, **properties: str) -> dict[str, Any]:
    """Returns the message that updates a variable."""
    message: dict[str, Any] = {"type": "update", "id": id}
    if value:
        message |= {"valued": True, "value": value[0]}
    return message | ({"properties": properties} if properties else {})
