"""Sessions at rest: the session store, over every storage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from resting import RECORD, stored, take
from storages import KINDS, opened
from storing import B, Now, Stored

from luahost.errors import RecordBusy, RecordLost, StorageClosed, StorageError, Unavailable
from luahost.records.record import SessionRecord
from luahost.records.session_store import SessionStore
from luahost.records.transfer import export_records, import_records
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Storage, Write
from luahost.testing.faulty_storage import FaultyStorage

BAD_KEYS = ("../x", "a/b", "", "x" * 65, "a\0", "ä", "*")


@pytest.fixture
def store(storage: Storage) -> SessionStore:
    """Returns a session store over each storage."""
    return SessionStore(storage)


def test_load_all_when_a_second_manager_starts_then_sees_what_the_first_saved(storage: Storage) -> None:
    """A second manager sees equal metadata, snapshot, settings and flag (TS-2690d1fc-1, TS-f479b496-1)."""
    SessionStore(storage).save(RECORD)
    (loaded,) = SessionStore(storage).load_all()
    assert (loaded.key, loaded.snapshot, loaded.meta) == (RECORD.key, RECORD.snapshot, RECORD.meta)
    assert (loaded.config, loaded.is_dev) == ({"rows": 8}, True)
    assert loaded.created > 0


def test_load_all_when_a_row_is_bad_then_it_is_told_and_the_rest_loads(storage: Storage) -> None:
    """One bad record keeps nobody else from coming back."""
    kept = Stored(storage, "sessions")
    for key in ("a", "b"):
        SessionStore(storage).save(SessionRecord(key, b"x"))
    storage.commit([Write(kept.acquire("a", B), "bad", body=b"not a body", release=True)])
    bad: list[str] = []
    store = SessionStore(storage, on_bad=lambda key, error: bad.append(f"{key}: {error}"))
    assert [record.key for record in store.load_all()] == ["b"]
    assert bad == ["a: the body has no header of luahost"]


def test_save_when_repeated_then_replaces(store: SessionStore) -> None:
    """A save is idempotent, and a later one takes the place of the former."""
    saved = store.save(RECORD)
    saved = store.save(replace(saved, snapshot=b"newer"))
    loaded = store.load("ann")
    assert loaded is not None
    assert (loaded.snapshot, loaded.rev) == (b"newer", saved.rev)


def test_save_when_done_then_answers_what_a_load_would(store: SessionStore) -> None:
    """What `save` returns is what is stored: it can be changed and saved again."""
    saved = store.save(store.save(RECORD))
    loaded = store.load("ann")
    assert loaded is not None
    assert replace(saved, created=0, accessed=0) == replace(loaded, created=0, accessed=0)


def test_save_when_the_copy_is_stale_then_is_refused(store: SessionStore) -> None:
    """A stale copy doesn't overwrite what came since (BB-session_merge-3 is a defect that we don't have)."""
    old = store.save(RECORD)
    newer = store.save(replace(old, snapshot=b"newer"))
    with pytest.raises(RecordLost):
        store.save(replace(old, snapshot=b"stale"))
    loaded = store.load("ann")
    assert loaded is not None
    assert loaded.snapshot == b"newer"
    store.save(replace(newer, snapshot=b"newest"))  # who was refused has made nobody else's copy a stale one


def test_save_when_the_record_was_made_anew_since_then_is_refused(store: SessionStore) -> None:
    """A copy of what was deleted doesn't replace what has come under its key."""
    old = store.save(RECORD)
    store.delete("ann")
    store.save(replace(RECORD, snapshot=b"another life"))
    with pytest.raises(RecordLost):
        store.save(replace(old, snapshot=b"risen"))


def test_save_when_a_host_has_the_session_then_is_busy(store: SessionStore, storage: Storage) -> None:
    """A session that is alive is its host's to save, and to delete."""
    store.save(RECORD)
    take(storage, "ann")
    with pytest.raises(RecordBusy):
        store.save(RECORD)
    with pytest.raises(RecordBusy):
        store.delete("ann")


@pytest.mark.parametrize("key", BAD_KEYS)
def test_save_when_the_key_is_none_that_a_session_may_have_then_is_refused(
    store: SessionStore, storage: Storage, key: str
) -> None:
    """Keys are checked where records come in (BB-v2-10): no length, no dots, no slash, no zero, ASCII only."""
    with pytest.raises(StorageError, match="1 to 64 letters"):
        store.save(SessionRecord(key, b"x"))
    assert list(storage.scan("sessions")) == []


def test_save_when_repeated_then_who_it_is_stays(store: SessionStore, storage: Storage) -> None:
    """Key and birth are never replaced by a save, whatever the copy says of them (BB-v3-5)."""
    saved = store.save(RECORD)
    born = stored(storage).head.created
    store.save(replace(saved, created=born + 1000, snapshot=b"newer"))
    assert stored(storage).head.created == born
    assert [head.key for head in storage.scan("sessions")] == ["ann"]


def test_meta_when_what_was_saved_is_changed_afterwards_then_the_store_has_its_own(store: SessionStore) -> None:
    """Metadata is cloned on its way in and out (TS-both-7): nobody changes what is stored behind its back."""
    config: dict[str, object] = {"rows": [8]}
    saved = store.save(SessionRecord("ann", b"x", {"config": config}))
    config["rows"] = "mine"
    assert isinstance(saved.meta["config"], dict)
    saved.meta["config"]["rows"].append(9)
    again = store.load("ann")
    assert again is not None
    assert again.meta == {"config": {"rows": [8]}}
    assert saved.changed_meta() == {"config": {"rows": [8, 9]}}


def test_meta_when_the_state_is_saved_again_and_again_then_is_as_it_was(store: SessionStore) -> None:
    """Saves of the objects leave the metadata as it is (TS-both-9)."""
    saved = store.save(RECORD)
    for n in range(5):
        saved = store.save(replace(saved, snapshot=b"%d" % n))
    loaded = store.load("ann")
    assert loaded is not None
    assert (loaded.meta, loaded.meta_rev) == (RECORD.meta, 1)


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"x"])
def test_meta_when_a_value_can_not_be_stored_then_nothing_is(
    store: SessionStore, storage: Storage, value: object
) -> None:
    """What JSON hasn't is refused by name, and the save with it; no lease is left."""
    store.save(SessionRecord("bob", b"x"))
    with pytest.raises(StorageError, match=r"sessions/ann: the meta title can't be stored"):
        store.save(SessionRecord("ann", b"x", {"title": value}))
    assert store.load("ann") is None
    assert SessionStore(storage).save(RECORD).rev == 1


def test_delete_when_repeated_then_is_nothing(store: SessionStore) -> None:
    """The row is gone after a delete (TS-2690d1fc-2), and a second one finds nothing."""
    store.save(RECORD)
    assert [store.delete("ann"), store.delete("ann"), store.load("ann")] == [True, False, None]


def test_store_when_used_in_order_then_saves_loads_lists_and_deletes(store: SessionStore, storage: Storage) -> None:
    """None, save, load, list, delete, delete again: each says what is so (BB-v2-9)."""
    assert store.load("ann") is None
    store.save(RECORD)
    assert [record.snapshot for record in store.load_all()] == [b"snapshot"]
    assert [head.key for head in storage.scan("sessions")] == ["ann"]
    assert [store.delete("ann"), store.delete("ann")] == [True, False]
    assert (store.load_all(), list(storage.scan("sessions"))) == ([], [])


def test_close_when_repeated_then_is_nothing_and_every_later_call_says_so(store: SessionStore) -> None:
    """A closed store refuses each call, and forgets nothing (LT-unload-4, LT-load-4)."""
    store.save(RECORD)
    store.close()
    store.close()
    for call in (store.load_all, lambda: store.load("ann"), lambda: store.save(RECORD), lambda: store.delete("ann")):
        with pytest.raises(StorageClosed):
            call()


@pytest.mark.parametrize("storage", ["faulty"], indirect=True)
def test_save_when_the_storage_is_away_then_its_lease_is_not_left(store: SessionStore, storage: FaultyStorage) -> None:
    """A save that failed leaves no lease: whoever comes can do it at once."""
    storage.commits_refused = 1
    with pytest.raises(Unavailable):
        store.save(RECORD)
    assert storage.holder("sessions", "ann") is None
    assert SessionStore(storage).save(RECORD).rev == 1


@pytest.mark.parametrize("kind", KINDS)
def test_import_when_it_was_exported_then_is_equal(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What goes out of one storage and into another is the same there: body, meta, log, last access (BB-v3-7)."""
    source = MemoryStorage()
    SessionStore(source).save(replace(RECORD, accessed=77.0))
    source.append_log("sessions", "ann", ["one", "two"])
    lines = list(export_records(source, ["ann", "nobody"]))
    with opened(kind, tmp_path_factory.mktemp("target"), Now()) as target:
        assert list(import_records(target, lines)) == [("ann", True)]
        assert list(export_records(target, ["ann"])) == lines


def test_import_when_a_line_is_bad_then_nothing_is_stored(storage: Storage) -> None:
    """All or nothing (BB-v3-4): every line is read before the first is written."""
    source = MemoryStorage()
    SessionStore(source).save(RECORD)
    (line,) = export_records(source, ["ann"])
    for bad in (line[:-20], line.replace('"ann"', '"../ann"'), line.replace('"title"', "title")):
        with pytest.raises(StorageError, match="line 2"):
            list(import_records(storage, [line, bad]))
    assert list(storage.scan("sessions")) == []


@pytest.mark.parametrize("storage", ["faulty"], indirect=True)
def test_import_when_it_is_broken_off_then_no_record_is_there_by_half(storage: FaultyStorage) -> None:
    """A record comes with its log by one commit (BB-v3-4); what is there already is left out the next time."""
    source = MemoryStorage()
    for key in ("ann", "bob"):
        SessionStore(source).save(replace(RECORD, key=key))
        source.append_log("sessions", key, [f"of {key}"])
    lines = list(export_records(source, ["ann", "bob"]))
    done = import_records(storage, lines)
    assert next(done) == ("ann", True)
    storage.commits_refused = 1
    with pytest.raises(Unavailable):
        next(done)
    assert [storage.read_log("sessions", key) for key in ("ann", "bob")] == [["of ann"], []]
    assert storage.read("sessions", "bob") is None
    assert list(import_records(storage, lines)) == [("ann", False), ("bob", True)]
    assert storage.read_log("sessions", "bob") == ["of bob"]


def test_import_when_a_key_is_there_twice_or_already_then_the_first_stays(storage: Storage) -> None:
    """An id is never given to another record (BB-v3-5, BB-v3-6)."""
    source = MemoryStorage()
    first = SessionStore(source).save(RECORD)
    lines = list(export_records(source, ["ann"]))
    SessionStore(source).save(replace(first, snapshot=b"another"))
    lines += export_records(source, ["ann"])
    assert list(import_records(storage, lines)) == [("ann", True), ("ann", False)]
    assert list(import_records(storage, lines)) == [("ann", False)] * 2
    loaded = SessionStore(storage).load("ann")
    assert loaded is not None
    assert loaded.snapshot == b"snapshot"
