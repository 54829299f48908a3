"""The connection: one peer of a session. Frames go in, and come out when it says that one is ready."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgpack
import msgspec

from luahost.errors import LimitExceeded, LuaHostError, SessionBusy, SessionClosed
from luahost.protocol.ids import Ids, VariableId
from luahost.protocol.messages import BadMessage, Code, Poll, error_message
from luahost.protocol.outgoing import HIGH, Outgoing
from luahost.protocol.requests import Request, is_value_alone, request_of
from luahost.protocol.view_definitions import Definitions, Delivered
from luahost.protocol.wire import Batch, Frame, decode, encode

__all__ = ["Connection", "Entry", "OnReady", "Owner"]

OnReady = Callable[[bool], None]
"""Told, on any thread, that `take` has a frame; True: that it should go at once."""

Entry = list[Any]
"""A change as the session tells of it: whom, what, how urgent, and the rest (`changes.lua` says what that is)."""


class Owner(Protocol):
    """Who keeps a connection, and carries its messages to the session."""

    def exchange(self, connection: int, packed: bytes) -> None:
        """Carries out messages, in a turn. Raises LuaHostError."""

    def update(self, connection: int, id: VariableId, value: object) -> None:
        """Does the same of one update that says nothing but a value without parts."""

    def hurry(self) -> None:
        """Lets every connection send what is pending at once."""

    def release(self, connection: int) -> None:
        """Forgets a connection that is closed, with all that it watched and made."""


class Connection:
    """One peer. `receive` is for one thread at a time; everything may be called from any.

    Invariant: `take` answers None only if nothing was pending; `on_ready` has been called for all that is.
    """

    def __init__(
        self, number: int, owner: Owner, definitions: Definitions, on_ready: OnReady, *, most_bytes: int = 0
    ) -> None:
        self.number = number
        self._owner = owner
        self._on_ready = on_ready
        self._most_bytes = most_bytes
        self._ids = Ids(number)
        self._outgoing = Outgoing()
        self._delivered = Delivered(definitions)
        self._lock = threading.Lock()
        self._is_binary = False
        self._is_polled = False
        self.is_closed = False

    @property
    def is_full(self) -> bool:
        """Whether the peer must read before it is listened to again."""
        return self._outgoing.is_full

    def receive(self, frame: Frame) -> None:
        """Carries out what a frame says, in one turn. What is wrong with it is told to the peer, never raised."""
        self._is_binary = isinstance(frame, bytes)
        try:
            batch = decode(self._bounded(frame))
        except BadMessage as error:
            self._refuse([error])
            return
        self._carry_out(batch)
        if batch.user_event:
            self._owner.hurry()

    def take(self) -> Frame | None:
        """Returns the next frame, in the form that the peer speaks; None if nothing is pending."""
        with self._lock:
            messages = self._outgoing.take()
            due = self._delivered.take()
            is_polled, self._is_polled = self._is_polled, False
        if due:
            texts = {"viewdefs": msgspec.json.encode(due).decode()}
            messages.insert(0, {"type": "update", "data": {"varId": 1, "properties": texts}})
        return encode(messages, is_binary=self._is_binary) if messages or is_polled else None

    def close(self) -> None:
        """Ends the connection; what it watched and made goes. Twice is nothing."""
        with self._lock:
            was_closed, self.is_closed = self.is_closed, True
            self._outgoing.clear()
        if not was_closed:
            self._owner.release(self.number)

    def end(self, description: str) -> None:
        """Tells the peer that the session is gone: one frame is left to take."""
        with self._lock:
            self.is_closed = True
            self._outgoing.clear()
            self._outgoing.put_reply(priority=HIGH, **error_message(0, Code.gone, description))
        self._on_ready(True)

    def put(self, entries: Sequence[Entry]) -> None:
        """Adds what a turn has to tell, for one frame; `on_ready` has its own call."""
        with self._lock:
            for entry in entries if not self.is_closed else ():
                self._put(entry)

    def ready(self, *, urgent: bool = False) -> None:
        """Says that a frame is ready, if one is."""
        if self._outgoing or self._is_polled:
            self._on_ready(urgent)

    def look_at_definitions(self) -> None:
        """Sends the view definitions that changed, of those that the peer has got."""
        with self._lock:
            is_due = not self.is_closed and self._delivered.look()
        if is_due:
            self._on_ready(False)

    def _bounded(self, frame: Frame) -> Frame:
        if self._most_bytes and len(frame) > self._most_bytes:
            raise BadMessage(f"the frame is longer than {self._most_bytes} bytes")
        return frame

    def _carry_out(self, batch: Batch) -> None:
        requests: list[Request] = []
        bad = list(batch.bad)
        for message in batch.messages:
            try:
                requests += [] if isinstance(message, Poll) else [request_of(message, self._ids)]
            except BadMessage as error:
                bad.append(error)
        self._refuse(bad)
        if requests:
            self._exchange(requests)
        # What the batch itself brings is among what a poll asks for.
        polls = [message for message in batch.messages if isinstance(message, Poll)]
        if polls:
            self._poll(waits=all(poll.data.wait for poll in polls))

    def _exchange(self, requests: list[Request]) -> None:
        try:
            if len(requests) == 1 and is_value_alone(requests[0]):
                self._owner.update(self.number, requests[0]["id"], requests[0]["value"])
            else:
                self._owner.exchange(self.number, msgpack.packb(requests))
        except LuaHostError as error:
            self._tell_errors([error_message(0, _code_of(error), str(error))])

    def _poll(self, *, waits: bool) -> None:
        """Lets what is pending go at once; where nothing is, an empty frame, unless the peer would rather wait."""
        self._is_polled = not waits
        self.ready(urgent=True)

    def _refuse(self, bad: Sequence[BadMessage]) -> None:
        self._tell_errors([error_message(each.variable, Code.bad_message, str(each)) for each in bad])

    def _tell_errors(self, errors: Sequence[dict[str, Any]]) -> None:
        """Adds errors; `on_ready` is told once, however many there are."""
        with self._lock:
            for error in errors:
                self._outgoing.put_reply(priority=HIGH, **error)
        if errors:
            self._on_ready(False)

    def _put(self, entry: Entry) -> None:
        _, type, priority, *rest = entry
        if type == "update":
            self._put_update(priority, *rest)
        elif type in ("create", "destroy"):
            self._put_notice(type, priority, rest[0])
        elif rest[1:]:
            self._outgoing.put_trouble(priority, self._outward(rest[0]))
        else:
            self._outgoing.put_reply(type, priority, self._outward(rest[0]))

    def _put_update(self, priority: int, id: VariableId, valued: bool, value: Any, properties: Any = None) -> None:
        wire_id = self._ids.outward(id)
        if wire_id is None:
            return
        if valued:
            self._outgoing.put_value(wire_id, priority, value)
        if properties:
            self._outgoing.put_properties(wire_id, priority, properties)
            if properties.get("type"):
                self._delivered.appear(properties["type"])

    def _put_notice(self, type: str, priority: int, data: dict[str, Any]) -> None:
        outward = self._outward(data)
        if None in (outward.get("varId", 0), outward.get("id", 0)):
            return
        if type == "destroy":
            self._outgoing.put_destroyed(outward["varId"])
        else:
            self._outgoing.put_created(priority, outward)

    def _outward(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns a message's data with the ids of the wire, and lists and maps that an empty table may be."""
        outward = {**data}
        for name in ("id", "parentId", "varId"):
            if name in data:
                outward[name] = self._ids.outward(data[name])
        if "properties" in data:
            outward["properties"] = data["properties"] or {}
        if "variables" in data:
            outward["variables"] = [self._outward(each) for each in data["variables"]]
        return outward


def _code_of(error: LuaHostError) -> str:
    if isinstance(error, SessionClosed):
        return Code.gone
    return Code.limit if isinstance(error, LimitExceeded | SessionBusy) else Code.lua_error
