"""The session store: sessions at rest, synchronously: all of them at a start, then one by one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import structlog

from luahost.errors import Ambiguous, RecordBusy, RecordLost, StorageError
from luahost.records.record import SessionRecord, record_of
from luahost.records.saving import STORE, TTL_S, lost_text
from luahost.storage.body import digest_of, pack_body
from luahost.storage.owners import new_owner
from luahost.storage.port import Acquired, Busy, Done, Lease, Storage, Write

__all__ = ["SessionStore"]

MOST_ATTEMPTS = 3


class SessionStore:
    """Loads, saves and deletes the records of sessions that no host has alive. What comes out are values."""

    def __init__(self, storage: Storage, *, on_bad: Callable[[str, StorageError], object] | None = None) -> None:
        """`on_bad` is told of each record that can't be read; without it, the log is."""
        self._storage = storage
        self._owner = new_owner()
        self._on_bad = on_bad or _log_bad

    def load_all(self) -> list[SessionRecord]:
        """Returns every record that can be read, the last used first; a bad one is told of, and the rest loads."""
        found = (self._readable(head.key) for head in self._storage.scan(STORE))
        return [record for record in found if record is not None]

    def load(self, key: str) -> SessionRecord | None:
        """Returns a record, None if there is none; an error is never an absence."""
        stored = self._storage.read(STORE, key)
        return record_of(stored) if stored is not None else None

    def save(self, record: SessionRecord) -> SessionRecord:
        """Stores a record in the place of the one that it came from; returns it as it is stored now.

        Raises RecordBusy if a host has the session, RecordLost if it was saved by another since it was loaded. Of the
        meta only what was changed is written.
        """
        acquired = self._acquired(record.key)
        stored = acquired.record.head if acquired.record is not None else None
        if (stored.rev if stored is not None else 0) != record.rev:
            self._release(acquired.lease)
            raise RecordLost(lost_text(record.key))
        write = Write(
            acquired.lease,
            secrets.token_hex(8),
            body=pack_body(record.snapshot),
            digest=digest_of(record.snapshot),
            meta=record.changed_meta(),
            accessed=record.accessed or None,
            release=True,
        )
        rev = self._committed(write)
        meta = {**(stored.meta if stored is not None else {}), **write.meta}
        meta = {name: value for name, value in meta.items() if value is not None}
        return replace(record, rev=rev, fence=acquired.lease.fence, meta=meta, stored_meta=dict(meta))

    def delete(self, key: str, *, force: bool = False) -> bool:
        """Deletes a record; returns whether there was one. Raises RecordBusy if a host has it, unless by `force`."""
        answer = self._storage.delete(STORE, key, force=force)
        if isinstance(answer, Busy):
            raise RecordBusy(f"session {key} is alive in another host ({answer.owner})")
        return answer

    def close(self) -> None:
        """Closes the storage."""
        self._storage.close()

    def _readable(self, key: str) -> SessionRecord | None:
        try:
            return self.load(key)
        except StorageError as error:
            self._on_bad(key, error)
            return None

    def _acquired(self, key: str) -> Acquired:
        answer = self._storage.acquire(STORE, key, self._owner, TTL_S)
        if isinstance(answer, Busy):
            raise RecordBusy(f"session {key} is alive in another host ({answer.owner})")
        return answer

    def _release(self, lease: Lease) -> None:
        self._storage.commit([Write(lease, secrets.token_hex(8), release=True)])

    def _committed(self, write: Write) -> int:
        """Returns the revision; a write whose answer was lost is sent again, which does it once."""
        for attempt in range(MOST_ATTEMPTS):
            try:
                (outcome,) = self._storage.commit([write])
            except Ambiguous:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
                continue
            if isinstance(outcome, Done):
                return outcome.rev
            break
        raise RecordLost(lost_text(write.lease.key))


def _log_bad(key: str, error: StorageError) -> None:
    structlog.get_logger("luahost").error("record_bad", key=key, error=str(error))
