"""The listing of a session's variables, as `variables.json` and the inspector's table have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from luahost.inspection.plain import plain
from luahost.session import Session

__all__ = ["MOST_LEVEL", "Listing", "list_variables"]

MOST_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Listing:
    """The variables as JSON, a list of objects in order of creation; `changes` is how often values changed in all."""

    json: bytes
    changes: int


def list_variables(session: Session, level: int, longest: int = 0) -> Listing:
    """Returns a session's variables, in a turn of it. `longest` cuts texts for a page; 0: whole.

    `level` is how much the diagnostics say; what is out of range is the nearest. Raises LuaHostError.
    """
    rows = [_row(variable, longest) for variable in session.variables(min(max(level, 0), MOST_LEVEL))]
    return Listing(msgspec.json.encode(rows), int(sum(row["changes"] for row in rows)))


def _row(variable: dict[str, Any], longest: int) -> dict[str, Any]:
    row: dict[str, Any] = {**variable, "parent": variable["parent"] or None}
    row["properties"] = variable.get("properties") or {}
    row = plain(row, longest)
    if 0 < longest < len(variable["value"]):
        row["is_cut"] = True  # what is cut is no JSON any more: it is told as a text
    else:
        row["value"] = msgspec.Raw(row["value"].encode())
    return row
