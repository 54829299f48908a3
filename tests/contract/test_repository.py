"""The repository: sessions at rest through a cache, over every storage."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from resting import RECORD, loaded, merged, stored, take

from luahost.errors import Ambiguous, RecordLost, StorageError, Unavailable
from luahost.records.record import SessionRecord
from luahost.records.repository import SessionRepository
from luahost.records.session_store import SessionStore
from luahost.storage.port import Storage
from luahost.testing.faulty_storage import FaultyStorage

FAULTY = pytest.mark.parametrize("storage", ["faulty"], indirect=True)


@pytest.fixture
def repository(storage: Storage) -> SessionRepository:
    """Returns a repository over each storage."""
    return SessionRepository(storage)


def test_load_when_cached_then_the_storage_is_not_asked(repository: SessionRepository, storage: Storage) -> None:
    """A miss fills the cache; a hit asks nobody (TS-both-7)."""
    SessionStore(storage).save(RECORD)
    first = repository.load("ann")
    storage.close()
    assert first is not None
    assert repository.load("ann") == first


def test_load_when_what_came_out_is_changed_then_the_cache_is_not(repository: SessionRepository) -> None:
    """Each caller has metadata of its own (TS-both-7)."""
    repository.save(RECORD)
    config = loaded(repository).meta["config"]
    assert isinstance(config, dict)
    config["rows"] = 99
    assert loaded(repository).meta == RECORD.meta


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


@FAULTY
def test_load_when_a_save_of_the_same_key_hangs_then_a_hit_does_not_wait(
    repository: SessionRepository, storage: FaultyStorage
) -> None:
    """Whoever the cache can answer waits for nobody (BB-session_repository-7); whoever it can't waits for its turn."""
    saved = repository.save(RECORD)
    hangs, go_on = threading.Event(), threading.Event()
    storage.before_commit = lambda _writes: hangs.set() or (go_on.wait(10) and None)
    saver = threading.Thread(target=lambda: repository.save(replace(saved, snapshot=b"newer")))
    saver.start()
    assert hangs.wait(10)
    assert loaded(repository).snapshot == b"snapshot"
    go_on.set()
    saver.join(10)
    assert loaded(repository).snapshot == b"newer"


def test_load_or_create_when_absent_then_makes_one_that_is_not_stored(repository: SessionRepository) -> None:
    """What is created is stored by its first save."""
    record = repository.load_or_create("new")
    assert (record.rev, repository.try_load("new")) == (0, None)
    repository.save(record)
    assert repository.load_or_create("new").rev == 1


def test_save_and_cache_when_the_storage_fails_then_still_caches(
    repository: SessionRepository, storage: Storage
) -> None:
    """The fire-and-forget form goes on with what it has (BB-old-4, BB-session_repository-13)."""
    storage.close()
    repository.save_and_cache(RECORD)
    assert repository.load("ann") == RECORD


def test_save_and_cache_when_another_saved_since_then_its_copy_counts(
    repository: SessionRepository, storage: Storage
) -> None:
    """A stale copy doesn't get into the cache by the door that lets errors pass."""
    old = repository.save(RECORD)
    SessionStore(storage).save(replace(old, snapshot=b"elsewhere"))
    repository.save_and_cache(replace(old, snapshot=b"stale"))
    assert loaded(repository).snapshot == b"elsewhere"


def test_append_log_when_appended_then_is_in_order_and_kept_by_saves(
    repository: SessionRepository, storage: Storage
) -> None:
    """The log is append-only, whoever has the session; of an unknown one there is none."""
    repository.save(RECORD)
    take(storage, "ann")
    assert [repository.append_log("ann", line) for line in ("one", "two")] == [True, True]
    assert storage.read_log("sessions", "ann") == ["one", "two"]
    assert repository.append_log("nobody", "x") is False


def test_cache_when_full_then_the_one_unused_for_longest_goes(storage: Storage) -> None:
    """The cache has a bound."""
    repository = SessionRepository(storage, most_cached=2)
    for key in ("a", "b", "c"):
        repository.save(SessionRecord(key, b"x"))
    assert list(repository._cache) == ["b", "c"]


FAILING: dict[str, Callable[[SessionRepository, SessionRecord], object]] = {
    "save": lambda repository, record: repository.save(replace(record, snapshot=b"x")),
    "edit_meta": lambda repository, record: repository.edit_meta("ann", title="x"),
    "append_log": lambda repository, record: repository.append_log("ann", "x"),
}


@FAULTY
@pytest.mark.parametrize("what", FAILING)
def test_write_when_it_fails_then_the_cache_stays(
    repository: SessionRepository, storage: FaultyStorage, what: str
) -> None:
    """A failed save leaves the cache (BB-session_repository-10), and so does any other write that checkpoints
    (BB-session_repository-14).
    """
    saved = repository.save(RECORD)
    storage.away = True
    with pytest.raises(Unavailable):
        FAILING[what](repository, saved)
    assert repository.load("ann") == saved


@FAULTY
def test_save_when_its_answer_is_lost_then_is_sent_again_and_when_unknown_the_cache_goes(
    repository: SessionRepository, storage: FaultyStorage
) -> None:
    """A save that may have been done evicts (BB-session_repository-11): what is so is asked of the storage."""
    saved = repository.save(RECORD)
    storage.answers_lost = 1
    saved = repository.save(replace(saved, snapshot=b"y"))
    assert saved.rev == 2
    storage.answers_lost = 99
    with pytest.raises(Ambiguous):
        repository.save(replace(saved, snapshot=b"z"))
    storage.answers_lost = 0
    assert loaded(repository).snapshot == b"z"


def test_save_when_refused_for_another_then_the_next_load_has_that(
    repository: SessionRepository, storage: Storage
) -> None:
    """A save that is refused before its commit reloads (BB-session_repository-12): nobody is stuck with a stale
    copy.
    """
    old = repository.save(RECORD)
    SessionStore(storage).save(replace(old, snapshot=b"elsewhere"))
    with pytest.raises(RecordLost):
        repository.save(replace(loaded(repository), snapshot=b"stale"))
    fresh = loaded(repository)
    assert fresh.snapshot == b"elsewhere"
    assert repository.save(replace(fresh, snapshot=b"on top")).rev == 3


def test_save_when_it_is_stale_then_the_log_is_kept(repository: SessionRepository, storage: Storage) -> None:
    """What is appended stays (BB-session_repository-8): neither a stale save nor a stale edit takes it back."""
    old = repository.save(RECORD)
    SessionStore(storage).save(replace(old, snapshot=b"elsewhere"))
    repository.append_log("ann", "used")
    with pytest.raises(RecordLost):
        repository.save(replace(old, snapshot=b"stale"))
    repository.edit_meta("ann", title="new")
    assert repository.edit_meta("ann", 1, title="stale") is False
    assert storage.read_log("sessions", "ann") == ["used"]
    assert merged(repository).meta["title"] == "new"


def test_save_when_others_wrote_meanwhile_then_takes_up_what_they_did(
    repository: SessionRepository, storage: Storage
) -> None:
    """A last save reconciles what came late (BB-session_repository-9): a log line, a field."""
    record = repository.save(RECORD)
    others = SessionRepository(storage)
    others.append_log("ann", "late")
    others.edit_meta("ann", completed="late")
    saved = repository.save(replace(record, snapshot=b"last"))
    assert (saved.meta["completed"], stored(storage).head.meta["completed"]) == ("late", "late")
    assert storage.read_log("sessions", "ann") == ["late"]


def test_delete_when_done_then_the_cache_has_it_no_more(repository: SessionRepository) -> None:
    """A record that was deleted is in neither tier."""
    repository.save(RECORD)
    assert [repository.delete("ann"), repository.delete("ann")] == [True, False]
    assert repository.load("ann") is None


def test_writes_when_many_come_at_once_then_the_cache_ends_with_what_is_stored(
    repository: SessionRepository, storage: Storage
) -> None:
    """Saves, edits, misses and merges of one key share one order (BB-session_repository-6), and leave no lock."""
    repository.save(RECORD)

    def save(n: int) -> None:
        for at in range(5):
            record = repository.load_merged("ann")
            try:
                repository.save(replace(record or RECORD, snapshot=b"%d %d" % (n, at)))
            except RecordLost:
                continue  # another thread was first

    works = [
        *(lambda n=n: save(n) for n in range(3)),
        *(lambda n=n: repository.edit_meta("ann", **{f"f{n}": n}) for n in range(6)),
        *(lambda: repository.load_merged("ann") for _ in range(3)),
        *(lambda: repository._forget("ann") or repository.try_load("ann") for _ in range(3)),
    ]
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cached, fresh = loaded(repository), loaded(SessionRepository(storage))
    assert (cached.snapshot, cached.meta) == (fresh.snapshot, fresh.meta)
    assert {fresh.meta[f"f{n}"] for n in range(6)} == set(range(6))
    assert len(repository._locks) == 0
