"""The session store: sessions at rest, synchronously: all of them at a start, then one by one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from luahost.errors import Ambiguous, RecordBusy, RecordLost, StorageError
from luahost.records.record import SessionRecord, checked_key, record_of
from luahost.records.saving import STORE, TTL_S, lost_text
from luahost.storage.body import digest_of, pack_body
from luahost.storage.owners import new_owner
from luahost.storage.port import Acquired, Busy, Done, Head, Lease, Storage, Write

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

    def save(self, record: SessionRecord, *, log: Sequence[str] = ()) -> SessionRecord:
        """Stores a record in the place of the one that it came from; returns it as it is stored now.

        Raises RecordBusy if a host has the session, RecordLost if it was saved by another since it was loaded. Of the
        meta only what was changed is written; the lines of `log` come behind those that are there.
        """
        acquired = self._acquired(checked_key(record.key))
        stored = acquired.record.head if acquired.record is not None else None
        if (record.rev, record.digest) != ((stored.rev, stored.digest) if stored is not None else (0, b"")):
            self._release(acquired.lease)
            raise RecordLost(lost_text(record.key))
        try:
            write = _write(acquired.lease, record, log)
            rev = self._committed(write)
        except StorageError:
            self._try_release(acquired.lease)
            raise
        return _saved(record, write, rev, stored)

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

    def _try_release(self, lease: Lease) -> None:
        """Lets a lease go that no save has: nobody is to wait for it to run out."""
        with suppress(StorageError):
            self._release(lease)

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


def _write(lease: Lease, record: SessionRecord, log: Sequence[str]) -> Write:
    return Write(
        lease,
        secrets.token_hex(8),
        body=pack_body(record.snapshot),
        digest=digest_of(record.snapshot),
        meta=record.changed_meta(),
        accessed=record.accessed or None,
        log=log,
        release=True,
    )


def _saved(record: SessionRecord, write: Write, rev: int, stored: Head | None) -> SessionRecord:
    """Returns the record as it is stored, with the fields that others changed since it was loaded."""
    there: Mapping[str, object] = stored.meta if stored is not None else {}
    meta_rev = (stored.meta_rev if stored is not None else 0) + bool(write.meta)
    kept = record.onto(SessionRecord(record.key, meta=there, meta_rev=meta_rev))
    saved = replace(kept, rev=rev, fence=write.lease.fence, stored_meta=kept.meta, digest=write.digest)
    return saved.copy()


def _log_bad(key: str, error: StorageError) -> None:
    structlog.get_logger("luahost").error("record_bad", key=key, error=str(error))
