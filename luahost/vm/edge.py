"""The edge: values on their way in and out of a VM. Only nil, booleans, numbers and byte strings cross as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgpack

from luahost.errors import (
    ConversionError,
    Frame,
    LimitExceeded,
    LuaError,
    LuaHostError,
    LuaSyntaxError,
    ModuleNotFound,
)

PLAIN, PACKED, FAILED = 0, 1, 2
"""What an entry answers first: a plain value follows, or a packed list of values, or a packed error record."""

_AS_IT_IS = frozenset({int, float, bool, bytes, type(None)})
_ERRORS = {"error": LuaError, "module": ModuleNotFound, "limit": LimitExceeded}


def crossing(values: Sequence[object]) -> list[Any] | None:
    """Returns values as they may cross, or None where one is nested and all have to be packed."""
    out: list[Any] = []
    for value in values:
        kind = type(value)
        if kind is str:
            out.append(_bytes(cast(str, value)))
        elif kind in _AS_IT_IS:
            out.append(value)
        else:
            return None
    return out


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ConversionError(f"a value can't enter the session: {error}") from error


def pack(value: object) -> bytes:
    """Returns `value` as msgpack; raises ConversionError for what Lua could not hold."""
    try:
        packed: bytes = msgpack.packb(value, use_bin_type=True, default=_refuse)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ConversionError(f"a value can't enter the session: {error}") from error
    return packed


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} is not plain data")


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _texts(value: Any) -> Any:
    if type(value) is bytes:
        return _text(value)
    if type(value) is list:
        return [_texts(item) for item in value]
    if type(value) is dict:
        return {_texts(key): _texts(item) for key, item in value.items()}
    return value


def unpack(packed: bytes) -> Any:
    """Returns what msgpack bytes hold; a string that is not UTF-8 comes as bytes."""
    try:
        return msgpack.unpackb(packed, strict_map_key=False)
    except UnicodeDecodeError:
        return _texts(msgpack.unpackb(packed, raw=True, strict_map_key=False))


def answer(answered: tuple[int, Any]) -> Any:
    """Returns what an entry answered: one value alone, several as a tuple, none as None; raises its error."""
    flag, value = answered
    if flag == PLAIN:
        return _text(value) if type(value) is bytes else value
    if flag == PACKED:
        values = unpack(value)
        return values[0] if len(values) == 1 else tuple(values)
    raise error_of(unpack(value))


def error_of(record: dict[str, Any]) -> LuaHostError:
    """Returns the error that the kernel's record describes."""
    message, file, line = str(record["message"]), record.get("file"), int(record["line"])
    if record["kind"] == "conversion":
        return ConversionError(message)
    if record["kind"] == "syntax":
        incomplete = bool(record.get("incomplete", False))
        return LuaSyntaxError(message, file=file, line=line, incomplete=incomplete)
    kind = _ERRORS.get(record["kind"], LuaError)
    return kind(message, file=file, line=line, stack=_frames(record["frames"]))


def _frames(frames: Sequence[dict[str, Any]]) -> list[Frame]:
    return [Frame(str(frame["file"]), int(frame["line"]), str(frame["name"])) for frame in frames]
