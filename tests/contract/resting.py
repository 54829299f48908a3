"""What the tests of sessions at rest share: a record, and others who have it or change it meanwhile."""

from __future__ import annotations

from storing import B, Stored

from luahost.records.record import SessionRecord
from luahost.records.repository import SessionRepository
from luahost.storage.port import Record, Storage

RECORD = SessionRecord("ann", b"snapshot", {"title": "t", "config": {"rows": 8}, "dev": True})


def take(storage: Storage, key: str) -> None:
    """Lets another owner have a session."""
    Stored(storage, "sessions").acquire(key, B)


def stored(storage: Storage, key: str = "ann") -> Record:
    """Returns what is stored of a session."""
    record = storage.read("sessions", key)
    assert record is not None
    return record


def loaded(repository: SessionRepository, key: str = "ann") -> SessionRecord:
    """Returns a record that is there."""
    record = repository.try_load(key)
    assert record is not None
    return record


def merged(repository: SessionRepository, key: str = "ann") -> SessionRecord:
    """Returns the newer copy of a record that is there."""
    record = repository.load_merged(key)
    assert record is not None
    return record
