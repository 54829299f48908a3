"""Contents: what a snapshot holds, for people; without a VM."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import msgpack

from luahost.errors import Damaged, NewerData

__all__ = ["FORM", "Contents", "contents_of"]

FORM = 1
"""What the kernel writes (`snapshots.lua`)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """How many objects a snapshot has, of which prototypes; `modules` are those that it was loaded with."""

    modules: tuple[str, ...]
    prototypes: dict[str, int]
    tables: int
    roots: tuple[str, ...]


def contents_of(payload: bytes) -> Contents:
    """Returns what a snapshot holds; raises Damaged, or NewerData for one of a later form."""
    try:
        form, modules, names, count, shapes, tables, _, roots = msgpack.unpackb(
            payload, strict_map_key=False, unicode_errors="replace"
        )
        if form != FORM:
            raise NewerData(f"the snapshot has form {form}, which a newer version of luahost wrote")
        return Contents(tuple(modules), _counted(names[::3], shapes, tables), count, tuple(roots[::2]))
    except (ValueError, TypeError, IndexError, msgpack.UnpackException) as error:
        raise Damaged(f"the snapshot can't be read: {error}") from error


def _counted(names: list[str], shapes: list[Any], tables: list[Any]) -> dict[str, int]:
    """Returns how many tables belong to each prototype; a shape begins with its prototype, 0 for none."""
    counts = Counter(shapes[table[0]][0] for table in tables)
    return {name: counts[at] for at, name in enumerate(names, 1) if counts[at]}
