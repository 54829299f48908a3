"""The edge: values on their way in and out of a VM. Only nil, booleans, numbers and byte strings cross as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgpack

from luahost.errors import (
    Ambiguous,
    ConversionError,
    Damaged,
    Frame,
    LimitExceeded,
    LuaError,
    LuaHostError,
    LuaSyntaxError,
    ModuleNotFound,
    NewerData,
    NotStorable,
    RecordBusy,
    RecordLost,
    StorageClosed,
    StorageError,
    TooLarge,
    Unavailable,
)

PLAIN, PACKED, FAILED = 0, 1, 2
"""What an entry answers first: a plain value follows, or a packed list of values, or a packed error record."""

LONG = 4096
MANY = 50
MOST_EXACT = 2**53
"""What is longer, or more, crosses packed, so that its size is known before it does."""

_TEXTS = (str, bytes)
_AS_IT_IS: frozenset[type] = frozenset({int, float, bool, type(None)})
_STORAGE_ERRORS = {
    kind.kind: kind
    for kind in (StorageError, Unavailable, Ambiguous, StorageClosed, RecordBusy, RecordLost, Damaged, NewerData)
}
_ERRORS = {kind.kind: kind for kind in (LuaError, ModuleNotFound, LimitExceeded, NotStorable, TooLarge)}


def crossing_of(build: str) -> Callable[[Sequence[object]], Sequence[object] | None]:
    """Returns the function that says how values cross into a VM of this kind."""
    return crossing_as_doubles if build.startswith("luajit") else crossing


def plain_of(build: str) -> frozenset[type]:
    """Returns the types whose values need no look before they cross into a VM of this kind."""
    return _AS_IT_IS - {int} if build.startswith("luajit") else _AS_IT_IS


def crossing(values: Sequence[object]) -> Sequence[object] | None:
    """Returns values as they may cross, or None where one is nested or long and all have to be packed."""
    for value in values:
        if type(value) not in _AS_IT_IS:
            return _crossing_texts(values)
    return values if len(values) <= MANY else None


def crossing_as_doubles(values: Sequence[object]) -> Sequence[object] | None:
    """Returns the same for a VM without integers; a whole number that it can't keep is packed, and refused there."""
    for value in values:
        if type(value) is int and not -MOST_EXACT <= value <= MOST_EXACT:
            return None
    return crossing(values)


def _crossing_texts(values: Sequence[object]) -> Sequence[object] | None:
    out: list[object] = []
    for value in values:
        if isinstance(value, _TEXTS) and len(value) <= LONG:
            out.append(text_bytes(value))
        elif type(value) in _AS_IT_IS:
            out.append(value)
        else:
            return None
    return out if len(out) <= MANY else None


def text_bytes(text: str | bytes) -> bytes:
    """Returns text as it crosses; raises ConversionError for half of a surrogate pair, which no UTF-8 has.

    Raises TypeError for what is no text.
    """
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str):
        raise TypeError(f"a text is expected, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ConversionError(f"a value can't enter the session: {error}") from error


def chunk_name(name: str | bytes) -> bytes:
    """Returns a chunk's name as it crosses: a file's where it begins with neither `@` nor `=`, as Lua wants it."""
    raw = text_bytes(name)
    return raw if raw.startswith((b"@", b"=")) else b"@" + raw


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
    message, file, line = _shown(record["message"]), record.get("file"), int(record["line"])
    if record["kind"] == "conversion":
        return ConversionError(message)
    if record["kind"] == "syntax":
        incomplete = bool(record.get("incomplete", False))
        return LuaSyntaxError(message, file=file, line=line, incomplete=incomplete)
    if record["kind"] in _STORAGE_ERRORS:
        return _STORAGE_ERRORS[record["kind"]](message)
    kind = _ERRORS.get(record["kind"], LuaError)
    version = int(record.get("version") or 0)
    return kind(message, file=file, line=line, stack=frames_of(record["frames"]), version=version)


def _shown(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


def frames_of(frames: Sequence[dict[str, Any]]) -> list[Frame]:
    """Returns a Lua stack as values."""
    return [Frame(str(frame["file"]), int(frame["line"]), str(frame["name"])) for frame in frames]
