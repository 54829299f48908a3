"""Messages: their kinds, the codes of errors, and what a peer's message must look like."""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeAlias

import msgspec

__all__ = [
    "BadMessage",
    "Code",
    "Create",
    "Destroy",
    "Error",
    "ForSession",
    "FromPeer",
    "Get",
    "GetObjects",
    "Poll",
    "Unwatch",
    "Update",
    "Watch",
    "checked",
    "error_message",
]

MOST_EXACT = 2**53 - 1
"""What every peer can tell from its neighbours: browsers, and a VM without integers, count in doubles."""

DEEPEST = 32
"""How deep lists may lie in lists, in a value from a peer."""

LONGEST_SHOWN = 200

Id = Annotated[int, msgspec.Meta(ge=-MOST_EXACT, le=MOST_EXACT)]
Properties: TypeAlias = dict[str, str | None] | None


class Code:
    """The codes of errors, as they stand on the wire."""

    path_failure = "path-failure"
    not_found = "not-found"
    bad_message = "bad-message"
    access = "access"
    lua_error = "lua-error"
    limit = "limit"
    unauthorized = "unauthorized"
    gone = "gone"


class BadMessage(Exception):
    """Raised for what a peer sent and nobody can read. `variable` is the id that it was about, 0 if unknown."""

    def __init__(self, reason: str, variable: int = 0) -> None:
        super().__init__(reason)
        self.variable = variable


class _Data(msgspec.Struct):
    """The base of what a message carries; fields that nobody knows are left alone."""


class _Create(_Data):
    id: Id
    parentId: Id
    value: Any = msgspec.UNSET
    properties: Properties = None
    nowatch: bool | None = False
    unbound: bool | None = False


class _Variable(_Data):
    varId: Id


class _Update(_Data):
    varId: Id
    value: Any = msgspec.UNSET
    properties: Properties = None


class _Error(_Data):
    varId: Id = 0
    code: str = ""
    description: str = ""


class _Variables(_Data):
    varIds: list[Id]


class _Objects(_Data):
    objIds: list[Id]


class _Wait(_Data):
    wait: str | int | float | None = None


class Create(msgspec.Struct, tag="create", tag_field="type"):
    """Makes a variable under an id that the peer chose."""

    data: _Create


class Destroy(msgspec.Struct, tag="destroy", tag_field="type"):
    """Takes a variable away, with those below it."""

    data: _Variable


class Update(msgspec.Struct, tag="update", tag_field="type"):
    """Writes a variable's value, properties, or both."""

    data: _Update


class Watch(msgspec.Struct, tag="watch", tag_field="type"):
    """Asks to be told of a variable's changes."""

    data: _Variable


class Unwatch(msgspec.Struct, tag="unwatch", tag_field="type"):
    """Takes back a `Watch`."""

    data: _Variable


class Error(msgspec.Struct, tag="error", tag_field="type"):
    """Tells of something that went wrong at the peer."""

    data: _Error


class Get(msgspec.Struct, tag="get", tag_field="type"):
    """Asks for variables as they are now."""

    data: _Variables


class GetObjects(msgspec.Struct, tag="getObjects", tag_field="type"):
    """Asks for the values of objects."""

    data: _Objects


class Poll(msgspec.Struct, tag="poll", tag_field="type"):
    """Asks for what is pending, now."""

    data: _Wait = msgspec.field(default_factory=_Wait)


ForSession: TypeAlias = Create | Destroy | Update | Watch | Unwatch | Error | Get | GetObjects
FromPeer: TypeAlias = ForSession | Poll


def checked(plain: object) -> FromPeer:
    """Returns a decoded message as its kind; raises BadMessage for anything else."""
    try:
        message: FromPeer = msgspec.convert(plain, FromPeer)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadMessage(str(error)[:LONGEST_SHOWN], _variable_of(plain)) from error
    if isinstance(message, Create | Update) and message.data.value is not msgspec.UNSET:
        _check_value(message.data.value, _variable_of(plain))
    return message


def error_message(variable: int, code: str, description: str) -> dict[str, Any]:
    """Returns an error as it stands on the wire."""
    return {"type": "error", "data": {"varId": variable, "code": code, "description": description}}


def _variable_of(plain: object) -> int:
    """Returns the id that a message is about, if it has one that can be told back."""
    data = plain.get("data") if isinstance(plain, dict) else None
    found = (data.get("varId") or data.get("id")) if isinstance(data, dict) else None
    return found if type(found) is int and abs(found) <= MOST_EXACT else 0


def _check_value(value: object, variable: int, depth: int = 0) -> None:
    """Raises BadMessage for what is no scalar, no reference and no list of these."""
    if value is None or type(value) in (str, bool):
        return
    if type(value) is int and abs(value) <= MOST_EXACT:
        return
    if type(value) is float and math.isfinite(value):
        return
    if type(value) is list and depth < DEEPEST:
        for item in value:
            _check_value(item, variable, depth + 1)
    elif not _is_reference(value):
        raise BadMessage(f"{_kind(value)} is no scalar, reference or list of these - at `$.data.value`", variable)


def _is_reference(value: object) -> bool:
    if type(value) is not dict or value.keys() != {"obj"}:
        return False
    number = value["obj"]
    return type(number) is int and 0 < number <= MOST_EXACT


def _kind(value: object) -> str:
    names = {dict: "an object", list: f"a list in more than {DEEPEST} lists", int: "so great a number"}
    return names.get(type(value), "a value of this kind")
