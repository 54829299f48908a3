"""The repository: records of sessions through a cache, for whoever works with sessions that are at rest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace

import structlog

from luahost.errors import Ambiguous, RecordLost, StorageError
from luahost.records.key_locks import KeyLocks
from luahost.records.record import SessionRecord
from luahost.records.saving import STORE
from luahost.records.session_store import SessionStore
from luahost.storage.port import Storage

__all__ = ["SessionRepository"]

MOST_CACHED = 1000


class SessionRepository:
    """Loads from the cache, or from the storage, which fills the cache; saves to the storage, then to the cache.

    Invariant: a copy in the cache is never replaced by an older one, and is nobody else's: what comes out is the
    caller's own. Whatever asks the storage about one key comes one after the other; a load that the cache answers waits
    for nobody.
    """

    def __init__(self, storage: Storage, *, most_cached: int = MOST_CACHED) -> None:
        self._storage = storage
        self._store = SessionStore(storage)
        self._most_cached = most_cached
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, SessionRecord] = OrderedDict()
        self._locks = KeyLocks()
        self._log = structlog.get_logger("luahost")

    def load(self, key: str) -> SessionRecord | None:
        """Returns a record; None if there is none, and also if the storage failed, which is logged."""
        try:
            return self.try_load(key)
        except StorageError as error:
            self._log.error("record_not_loaded", key=key, error=str(error))
            return None

    def try_load(self, key: str) -> SessionRecord | None:
        """Returns a record, None if there is none; raises what the storage raises."""
        cached = self._cached(key)
        return cached if cached is not None else self._loaded(key)

    def load_or_create(self, key: str) -> SessionRecord:
        """Returns a record, a new one (which is not stored yet) if it is sure that there is none."""
        return self.try_load(key) or SessionRecord(key)

    def load_merged(self, key: str) -> SessionRecord | None:
        """Returns the newer of the two copies, by fence and revision; the cache never goes back to an older one.

        Of two that are as new, the one in memory is taken, with the meta that is stored.
        """
        with self._locks.held(key):
            try:
                stored = self._store.load(key)
            except StorageError as error:
                self._log.error("record_not_loaded", key=key, error=str(error))
                return self._cached(key)
            if stored is None:
                self._forget(key)
                return None
            cached = self._cached(key)
            if cached is not None and cached.age[:2] == stored.age[:2]:
                stored = cached.onto(stored)
            return self._keep(stored)

    def save(self, record: SessionRecord) -> SessionRecord:
        """Stores a record, with only the meta fields that it changed; returns it as it is now.

        Raises RecordBusy, RecordLost, and what the storage raises. The cache stays as it is then, unless it can't be
        known whether the save was done, or another has saved: the next load asks the storage.
        """
        with self._locks.held(record.key):
            return self._saved(record)

    def save_and_cache(self, record: SessionRecord) -> None:
        """Stores a record and goes on where that fails: the failure is logged, and the cache has the record.

        Unless another has saved since: its copy is the one that counts.
        """
        with self._locks.held(record.key):
            try:
                self._saved(record)
            except StorageError as error:
                self._log.error("record_not_saved", key=record.key, error=str(error))
                if not isinstance(error, RecordLost):
                    self._keep(record)

    def edit_meta(self, key: str, at_rev: int | None = None, /, **changes: object) -> bool:
        """Changes small fields, whoever has the session; None takes one away. Returns whether that was done.

        It isn't where there is no record, and where its `meta_rev` isn't `at_rev`, if that is given.
        """
        with self._locks.held(key):
            meta_rev = self._storage.edit_meta(STORE, key, changes, expect=at_rev)
            cached = self._cached(key)
            if meta_rev is False:
                if at_rev is None:
                    self._forget(key)
                return False
            if cached is not None:
                self._keep(_with_meta(cached, changes, meta_rev))
            return True

    def append_log(self, key: str, line: str) -> bool:
        """Appends a line to the record's log; returns whether there is such a record."""
        return self._storage.append_log(STORE, key, [line])

    def delete(self, key: str) -> bool:
        """Deletes a record; returns whether there was one. Raises RecordBusy if a host has it alive."""
        with self._locks.held(key):
            self._forget(key)
            return self._store.delete(key)

    def _loaded(self, key: str) -> SessionRecord | None:
        with self._locks.held(key):
            stored = self._cached(key) or self._store.load(key)
            return self._keep(stored) if stored is not None else None

    def _saved(self, record: SessionRecord) -> SessionRecord:
        try:
            saved = self._store.save(record)
        except (Ambiguous, RecordLost):
            self._forget(record.key)
            raise
        return self._keep(saved)

    def _cached(self, key: str) -> SessionRecord | None:
        with self._lock:
            record = self._cache.get(key)
            if record is None:
                return None
            self._cache.move_to_end(key)
            return record.copy()

    def _keep(self, record: SessionRecord) -> SessionRecord:
        """Puts a record into the cache, unless there is a newer one; returns which it has then."""
        with self._lock:
            cached = self._cache.get(record.key)
            if cached is not None and cached.age > record.age:
                return cached.copy()
            self._cache[record.key] = record.copy()
            self._cache.move_to_end(record.key)
            while len(self._cache) > self._most_cached:
                self._cache.popitem(last=False)
            return record

    def _forget(self, key: str) -> None:
        with self._lock:
            self._cache.pop(key, None)


def _with_meta(record: SessionRecord, changes: dict[str, object], meta_rev: int) -> SessionRecord:
    def merged(meta: dict[str, object]) -> dict[str, object]:
        return {name: value for name, value in {**meta, **changes}.items() if value is not None}

    return replace(
        record, meta=merged(dict(record.meta)), stored_meta=merged(dict(record.stored_meta)), meta_rev=meta_rev
    )
