"""The record: what is stored of one session, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from luahost.storage.body import unpack_body
from luahost.storage.port import Record

__all__ = ["SessionRecord", "record_of"]

CONFIG, DEV = "config", "dev"
"""The meta fields that hold a session's settings and whether it is one for development."""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session at rest: its objects as a snapshot, and small fields that anyone may change.

    `fence` and `rev` say which of two copies is newer; 0 and 0 for one that was never stored. `stored_meta` is the meta
    as it was loaded: a save writes what differs from it, and nothing else.
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

    def changed_meta(self) -> dict[str, object]:
        """Returns the fields that differ from what was loaded; None for one that is gone."""
        gone = dict.fromkeys(self.stored_meta.keys() - self.meta.keys())
        changed = {name: value for name, value in self.meta.items() if self.stored_meta.get(name) != value}
        return {**gone, **changed}


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
        dict(head.meta),
    )
