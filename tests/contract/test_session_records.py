"""Sessions at rest: the session store and the repository, over every storage."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from storing import B, Stored

from luahost.errors import Ambiguous, RecordBusy, RecordLost, StorageError, Unavailable
from luahost.records.record import SessionRecord
from luahost.records.repository import SessionRepository
from luahost.records.session_store import SessionStore
from luahost.storage.port import Storage
from luahost.testing.faulty_storage import FaultyStorage

RECORD = SessionRecord("ann", b"snapshot", {"title": "t", "config": {"rows": 8}, "dev": True})


@pytest.fixture
def repository(storage: Storage) -> SessionRepository:
    """Returns a repository over each storage."""
    return SessionRepository(storage)


def take(storage: Storage, key: str) -> None:
    """Lets another owner have a session."""
    Stored(storage, "sessions").acquire(key, B)


def test_load_all_when_a_second_manager_starts_then_sees_what_the_first_saved(storage: Storage) -> None:
    """A second manager sees equal metadata, snapshot, settings and flag (TS-2690d1fc-1, TS-f479b496-1)."""
    SessionStore(storage).save(RECORD)
    (loaded,) = SessionStore(storage).load_all()
    assert (loaded.key, loaded.snapshot, loaded.meta) == (RECORD.key, RECORD.snapshot, RECORD.meta)
    assert (loaded.config, loaded.is_dev) == ({"rows": 8}, True)
    assert loaded.created > 0


def test_load_all_when_a_row_is_bad_then_it_is_told_and_the_rest_loads(storage: Storage) -> None:
    """One bad record keeps nobody else from coming back."""
    stored = Stored(storage, "sessions")
    for key in ("a", "b"):
        SessionStore(storage).save(SessionRecord(key, b"x"))
    from luahost.storage.port import Write

    storage.commit([Write(stored.acquire("a", B), "bad", body=b"not a body", release=True)])
    bad: list[str] = []
    store = SessionStore(storage, on_bad=lambda key, error: bad.append(f"{key}: {error}"))
    assert [record.key for record in store.load_all()] == ["b"]
    assert bad == ["a: the body has no header of luahost"]


def test_save_when_repeated_then_replaces(storage: Storage) -> None:
    """A save is idempotent, and a later one takes the place of the former."""
    store = SessionStore(storage)
    saved = store.save(RECORD)
    saved = store.save(replace(saved, snapshot=b"newer"))
    loaded = store.load("ann")
    assert loaded is not None
    assert (loaded.snapshot, loaded.rev) == (b"newer", saved.rev)


def test_save_when_the_copy_is_stale_then_is_refused(storage: Storage) -> None:
    """A stale copy doesn't overwrite what came since (BB-session_merge-3 is a defect that we don't have)."""
    store = SessionStore(storage)
    old = store.save(RECORD)
    store.save(replace(old, snapshot=b"newer"))
    with pytest.raises(RecordLost):
        store.save(replace(old, snapshot=b"stale"))
    loaded = store.load("ann")
    assert loaded is not None
    assert loaded.snapshot == b"newer"


def test_save_when_a_host_has_the_session_then_is_busy(storage: Storage) -> None:
    """A session that is alive is its host's to save, and to delete."""
    store = SessionStore(storage)
    store.save(RECORD)
    take(storage, "ann")
    with pytest.raises(RecordBusy):
        store.save(RECORD)
    with pytest.raises(RecordBusy):
        store.delete("ann")


def test_delete_when_repeated_then_is_nothing(storage: Storage) -> None:
    """The row is gone after a delete (TS-2690d1fc-2), and a second one finds nothing."""
    store = SessionStore(storage)
    store.save(RECORD)
    assert [store.delete("ann"), store.delete("ann"), store.load("ann")] == [True, False, None]


def test_meta_when_edited_meanwhile_then_a_save_keeps_it(repository: SessionRepository, storage: Storage) -> None:
    """A save carries only the fields that it changed: what another process edited stays (BB-session_merge-1)."""
    repository.save(RECORD)
    record = repository.try_load("ann")
    assert record is not None
    SessionRepository(storage).edit_meta("ann", title="edited elsewhere", pinned=True)
    saved = repository.save(replace(record, meta={**record.meta, "mode": "m", "dev": None}))
    assert saved.meta == {"title": "edited elsewhere", "pinned": True, "config": {"rows": 8}, "mode": "m"}
    merged = SessionRepository(storage).try_load("ann")
    assert merged is not None
    assert merged.meta == saved.meta


def test_load_when_cached_then_the_storage_is_not_asked(repository: SessionRepository, storage: Storage) -> None:
    """A miss fills the cache; a hit asks nobody (BB-session_repository-9)."""
    SessionStore(storage).save(RECORD)
    first = repository.load("ann")
    storage.close()
    assert repository.load("ann") is first


def test_load_when_the_storage_fails_then_is_none_and_try_load_raises(
    repository: SessionRepository, storage: Storage
) -> None:
    """`load` swallows and logs, `try_load` surfaces; creation needs proven absence."""
    storage.close()
    assert repository.load("ann") is None
    with pytest.raises(StorageError):
        repository.try_load("ann")
    with pytest.raises(StorageError):
        repository.load_or_create("ann")


def test_load_or_create_when_absent_then_makes_one_that_is_not_stored(repository: SessionRepository) -> None:
    """What is created is stored by its first save."""
    record = repository.load_or_create("new")
    assert (record.rev, repository.try_load("new")) == (0, None)
    repository.save(record)
    assert repository.load_or_create("new").rev == 1


def test_load_merged_when_the_storage_is_newer_then_it_wins(repository: SessionRepository, storage: Storage) -> None:
    """The newer copy is taken by fence and revision, whatever clocks say (BB-session_repository-2)."""
    record = repository.save(RECORD)
    SessionStore(storage).save(replace(record, snapshot=b"elsewhere", accessed=1.0))
    merged = repository.load_merged("ann")
    assert merged is not None
    assert merged.snapshot == b"elsewhere"
    cached = repository.load("ann")
    assert cached is not None
    assert cached.snapshot == b"elsewhere"


def test_load_merged_when_memory_is_newer_then_is_not_replaced(repository: SessionRepository, storage: Storage) -> None:
    """A cached copy is never replaced by an older one (BB-old-2); a deleted record isn't kept alive by the cache."""
    record = repository.save(RECORD)
    repository._keep(replace(record, snapshot=b"ahead", rev=record.rev + 5))
    merged = repository.load_merged("ann")
    assert merged is not None
    assert merged.snapshot == b"ahead"
    SessionStore(storage).delete("ann")
    assert repository.load_merged("ann") is None
    assert repository.load("ann") is None


def test_save_and_cache_when_the_storage_fails_then_still_caches(
    repository: SessionRepository, storage: Storage
) -> None:
    """The fire-and-forget form goes on with what it has (BB-old-4)."""
    storage.close()
    repository.save_and_cache(RECORD)
    assert repository.load("ann") == RECORD


def test_append_log_when_appended_then_is_in_order_and_kept_by_saves(
    repository: SessionRepository, storage: Storage
) -> None:
    """The log is append-only, whoever has the session; of an unknown one there is none."""
    repository.save(RECORD)
    take(storage, "ann")
    assert [repository.append_log("ann", line) for line in ("one", "two")] == [True, True]
    assert storage.read_log("sessions", "ann") == ["one", "two"]
    assert repository.append_log("nobody", "x") is False


def test_edit_meta_when_many_write_at_once_then_nothing_is_lost(
    repository: SessionRepository, storage: Storage
) -> None:
    """Concurrent edits are merged field by field, and no lock is left (BB-session_merge-18, BB-session_merge-21)."""
    repository.save(RECORD)
    threads = [threading.Thread(target=lambda n=n: repository.edit_meta("ann", **{f"f{n}": n})) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    merged = repository.load_merged("ann")
    assert merged is not None
    assert {merged.meta.get(f"f{n}") for n in range(12)} == set(range(12))
    assert len(repository._locks) == 0
    assert repository.edit_meta("nobody", n=1) is False


def test_cache_when_full_then_the_one_unused_for_longest_goes(storage: Storage) -> None:
    """The cache has a bound."""
    repository = SessionRepository(storage, most_cached=2)
    for key in ("a", "b", "c"):
        repository.save(SessionRecord(key, b"x"))
    assert list(repository._cache) == ["b", "c"]


@pytest.mark.parametrize("storage", ["faulty"], indirect=True)
def test_save_when_it_fails_then_the_cache_stays_and_when_unknown_it_goes(
    repository: SessionRepository, storage: FaultyStorage
) -> None:
    """A failed save leaves the cache (BB-session_repository-13); an ambiguous one that stays so evicts (…-14)."""
    saved = repository.save(RECORD)
    storage.away = True
    with pytest.raises(Unavailable):
        repository.save(replace(saved, snapshot=b"x"))
    assert repository.load("ann") == saved
    storage.away, storage.answers_lost = False, 1
    assert repository.save(replace(saved, snapshot=b"y")).rev == saved.rev + 1
    storage.answers_lost = 99
    with pytest.raises(Ambiguous):
        repository.save(replace(saved, snapshot=b"z", rev=saved.rev + 1))
    storage.answers_lost = 0
    loaded = repository.load("ann")
    assert loaded is not None
    assert loaded.snapshot == b"z"
