"""Requests: a peer's messages as the session takes them, their ids translated."""

from __future__ import annotations

from typing import Any

import msgspec

from luahost.protocol.ids import Ids
from luahost.protocol.messages import BadMessage, Create, Error, ForSession, Get, GetObjects, Update

__all__ = ["Request", "is_value_alone", "request_of"]

Request = dict[str, Any]


def request_of(message: ForSession, ids: Ids) -> Request:
    """Returns what the session is asked; raises BadMessage for an id that can't be meant."""
    if isinstance(message, Create):
        return _create(message, ids)
    if isinstance(message, Get):
        return {"type": "get", "ids": [ids.inward(id) for id in dict.fromkeys(message.data.varIds)]}
    if isinstance(message, GetObjects):
        return {"type": "getObjects", "ids": list(dict.fromkeys(message.data.objIds))}
    if isinstance(message, Error):
        data = message.data
        return {
            "type": "error",
            "id": data.varId and ids.inward(data.varId),
            "code": data.code,
            "description": data.description,
        }
    id = ids.inward(message.data.varId)
    if isinstance(message, Update):
        return {"type": "update", "id": id, **_content(message.data.value, message.data.properties)}
    return {"type": type(message).__name__.lower(), "id": id}


def is_value_alone(request: Request) -> bool:
    """Returns whether a request gives a variable a value without parts, and says nothing else."""
    is_update = request["type"] == "update" and request["valued"] and not request["properties"]
    return is_update and not isinstance(request["value"], list | dict | bytes)


def _create(message: Create, ids: Ids) -> Request:
    data = message.data
    if data.id < 2:
        raise BadMessage(f"a peer's ids count from 2, {data.id} is not one of them", data.id)
    return {
        "type": "create",
        "id": ids.inward(data.id),
        "parent": ids.inward(data.parentId),
        "nowatch": bool(data.nowatch),
        "unbound": bool(data.unbound),
        **_content(data.value, data.properties),
    }


def _content(value: Any, properties: dict[str, str | None] | None) -> Request:
    """Returns value and properties; a property that is null is unset, which is an empty text here."""
    is_valued = value is not msgspec.UNSET
    texts = {name: text or "" for name, text in (properties or {}).items()}
    return {"valued": is_valued, "value": value if is_valued else None, "properties": texts}
