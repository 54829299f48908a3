"""The wire forms: JSON in text frames, msgpack in binary ones, with the same shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from luahost.protocol.messages import BadMessage, FromPeer, checked

__all__ = ["MOST_MESSAGES", "Batch", "Frame", "decode", "encode"]

Frame: TypeAlias = str | bytes

MOST_MESSAGES = 10_000
"""How many messages a frame may hold: each costs more than its few bytes."""

_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError, OverflowError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a frame says: messages in order, those among them that are none, and whether a user waits for the answer."""

    messages: tuple[FromPeer, ...]
    bad: tuple[BadMessage, ...] = ()
    user_event: bool = False


def decode(frame: Frame) -> Batch:
    """Returns the batch in a frame: one message, a list, or `{"userEvent": …, "messages": […]}`; nothing in none.

    Raises BadMessage for a frame that can't be read at all; a message that is none is in `bad`, and stops no other.
    """
    if not frame:
        return Batch(())
    items, user_event = _items(_plain(frame))
    if len(items) > MOST_MESSAGES:
        raise BadMessage(f"the frame holds more than {MOST_MESSAGES} messages")
    messages: list[FromPeer] = []
    bad: list[BadMessage] = []
    for item in items:
        try:
            messages.append(checked(item))
        except BadMessage as error:
            bad.append(error)
    return Batch(tuple(messages), tuple(bad), user_event)


def encode(messages: Sequence[dict[str, Any]], *, is_binary: bool) -> Frame:
    """Returns a frame: a single message as itself, several as a list."""
    content = messages[0] if len(messages) == 1 else messages
    return msgspec.msgpack.encode(content) if is_binary else msgspec.json.encode(content).decode()


def _plain(frame: Frame) -> Any:
    try:
        return msgspec.json.decode(frame) if isinstance(frame, str) else msgspec.msgpack.decode(frame)
    except _UNREADABLE as error:
        raise BadMessage(f"the frame can't be read: {error}") from error


def _items(plain: Any) -> tuple[list[Any], bool]:
    """Returns the messages of a frame. A wrapper without messages is one message, of no type."""
    if isinstance(plain, list):
        return plain, False
    if isinstance(plain, dict) and isinstance(plain.get("messages"), list) and plain["messages"]:
        return plain["messages"], plain.get("userEvent") is True
    return [plain], False
