"""The record: what is stored of one session, as a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace

from luahost.errors import StorageError
from luahost.storage.body import unpack_body
from luahost.storage.port import Record

__all__ = ["CONFIG", "SessionRecord", "checked_key", "record_of"]

_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
"""Keys stand in the names of files."""

CONFIG, DEV = "config", "dev"
"""The meta fields that hold a session's settings and whether it is one for development."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session at rest: its objects as a snapshot, and small fields that anyone may change.

    `fence` and `rev` say which of two copies is newer; 0 and 0 for one that was never stored. `digest` and
    `stored_meta` are the snapshot's and the meta as they were loaded: a save writes what differs from it, and nothing
    else.
    """

    key: str
    snapshot: bytes = b""
    meta: Mapping[str, object] = field(default_factory=dict)
    created: float = 0.0
    accessed: float = 0.0
    fence: int = 0
    rev: int = 0
    meta_rev: int = 0
    stored_meta: Mapping[str, object] = field(default_factory=dict)
    digest: bytes = b""

    @property
    def config(self) -> Mapping[str, object]:
        """The session's own settings."""
        config = self.meta.get(CONFIG, {})
        return config if isinstance(config, Mapping) else {}

    @property
    def is_dev(self) -> bool:
        """Whether the session is one for development."""
        return self.meta.get(DEV) is True

    @property
    def age(self) -> tuple[int, int, int]:
        """What two copies are compared by: fence, revision, revision of the meta; never a wall clock."""
        return self.fence, self.rev, self.meta_rev

    def copy(self) -> SessionRecord:
        """Returns the same with a meta of its own."""
        return replace(self, meta=deepcopy(dict(self.meta)), stored_meta=deepcopy(dict(self.stored_meta)))

    def onto(self, stored: SessionRecord) -> SessionRecord:
        """Returns this copy with the meta that is stored now, under what was changed here and isn't saved yet."""
        merged = {**deepcopy(dict(stored.meta)), **self.changed_meta()}
        meta = {name: value for name, value in merged.items() if value is not None}
        return replace(self, meta=meta, stored_meta=deepcopy(dict(stored.meta)), meta_rev=stored.meta_rev)

    def changed_meta(self) -> dict[str, object]:
        """Returns the fields that differ from what was loaded; None for one that is gone."""
        gone = dict.fromkeys(self.stored_meta.keys() - self.meta.keys())
        changed = {name: value for name, value in self.meta.items() if self.stored_meta.get(name) != value}
        return {**gone, **changed}


def checked_key(key: str) -> str:
    """Returns a key that a lasting session may have; raises StorageError for any other."""
    if not _KEY.fullmatch(key):
        raise StorageError(f"a lasting session's key has 1 to 64 letters, digits, - and _: not {key!r}")
    return key


def record_of(record: Record) -> SessionRecord:
    """Returns what is stored as a session's record; raises Damaged for a body that isn't what was written."""
    head = record.head
    return SessionRecord(
        head.key,
        unpack_body(record.body),
        dict(head.meta),
        head.created,
        head.accessed,
        head.fence,
        head.rev,
        head.meta_rev,
        deepcopy(dict(head.meta)),
        head.digest,
    )
