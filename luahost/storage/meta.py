"""The meta: a record's small fields, which anyone may change one by one. They lie in a database as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from luahost.errors import Damaged, StorageError

__all__ = ["EMPTY_META", "merge_meta", "read_meta"]

EMPTY_META = "{}"


def read_meta(text: str, where: str) -> dict[str, object]:
    """Returns the fields, which are the caller's own; raises Damaged for a text that is none of ours."""
    try:
        # Bytes that are no UTF-8 come as half characters, which this refuses.
        meta = json.loads(text.encode())
    except ValueError as error:
        raise Damaged(f"{where}: the meta can't be read: {error}") from error
    if not isinstance(meta, dict):
        raise Damaged(f"{where}: the meta can't be read: it is no set of fields")
    return meta


def merge_meta(text: str, changes: Mapping[str, object], where: str) -> str:
    """Returns the text with the changed fields in it; None takes one away.

    Raises StorageError for a value that JSON hasn't, Damaged if what is there can't be read: it isn't written over.
    """
    merged = {**read_meta(text, where), **changes}
    try:
        return json.dumps(
            {name: value for name, value in merged.items() if value is not None}, sort_keys=True, allow_nan=False
        )
    except (TypeError, ValueError) as error:
        raise StorageError(
            f"{where}: the meta {', '.join(map(str, changes))} can't be stored: {error}; it takes texts, numbers, true,"
            " false, lists and tables with names"
        ) from error
