"""Transfer: records as lines of JSON, out of one storage and into another."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator

from luahost.errors import Damaged, NewerData, StorageError
from luahost.records.record import SessionRecord, checked_key
from luahost.records.saving import STORE
from luahost.records.session_store import SessionStore
from luahost.storage.body import pack_body, unpack_body
from luahost.storage.port import Storage

__all__ = ["export_records", "import_records"]

FORM = 1


def export_records(storage: Storage, keys: Iterable[str]) -> Iterator[str]:
    """Yields a line for each record: its meta, its log, and the snapshot with its checksum."""
    store = SessionStore(storage)
    for key in keys:
        record = store.load(key)
        if record is not None:
            yield json.dumps(_exported(record, storage.read_log(STORE, key)), sort_keys=True)


def import_records(storage: Storage, lines: Iterable[str | bytes]) -> Iterator[tuple[str, bool]]:
    """Stores the record of each line whose key is free; yields the key, and whether it was stored.

    All lines are read before anything is written: raises Damaged for a line that isn't what was exported.
    """
    read = [_imported(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    store = SessionStore(storage)
    for record, log in read:
        is_free = store.load(record.key) is None
        if is_free:
            store.save(record, log=log)
        yield record.key, is_free


def _exported(record: SessionRecord, log: list[str]) -> dict[str, object]:
    body = base64.b64encode(pack_body(record.snapshot)).decode()
    return {
        "form": FORM,
        "key": record.key,
        "meta": dict(record.meta),
        "accessed": record.accessed,
        "log": log,
        "body": body,
    }


def _imported(line: str | bytes, number: int) -> tuple[SessionRecord, list[str]]:
    try:
        told = json.loads(line)
        if told["form"] != FORM:
            raise NewerData(f"form {told['form']!r} is not known to this version of luahost")
        snapshot = unpack_body(base64.b64decode(told["body"], validate=True))
        record = SessionRecord(
            checked_key(str(told["key"])), snapshot, dict(told["meta"]), accessed=float(told["accessed"])
        )
        return record, [str(entry) for entry in told["log"]]
    except StorageError as error:
        raise type(error)(f"line {number}: {error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged(f"line {number}: not a record as `luahost store export` writes it: {error}") from error
