"""Two copies of one session at rest, and what becomes of what each of them has: over every storage."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from resting import RECORD, loaded, merged, stored, take

from luahost.records.record import SessionRecord
from luahost.records.repository import SessionRepository
from luahost.records.session_store import SessionStore
from luahost.storage.port import Storage
from luahost.testing.faulty_storage import FaultyStorage


@pytest.fixture
def repository(storage: Storage) -> SessionRepository:
    """Returns a repository over each storage."""
    return SessionRepository(storage)


@pytest.fixture
def elsewhere(storage: Storage) -> SessionRepository:
    """Returns the repository of another process."""
    return SessionRepository(storage)


def test_save_when_meta_was_edited_meanwhile_then_keeps_it(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """A save carries only the fields that it changed: what another process edited stays (BB-session_merge-1), what it
    never heard of too (BB-session_merge-6).
    """
    record = repository.save(RECORD)
    elsewhere.edit_meta("ann", title="edited elsewhere", index=7)
    saved = repository.save(replace(record, meta={**record.meta, "mode": "m", "dev": None}))
    assert saved.meta == {"title": "edited elsewhere", "index": 7, "config": {"rows": 8}, "mode": "m"}
    assert merged(elsewhere).meta == saved.meta


def test_edit_meta_when_the_objects_were_saved_meanwhile_then_they_stay(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """An edit touches no objects (BB-session_merge-1): the edit of a stale copy's field goes into the new record."""
    record = repository.save(RECORD)
    elsewhere.save(replace(record, snapshot=b"more"))
    repository.edit_meta("ann", title="edited")
    assert (merged(repository).snapshot, merged(repository).meta["title"]) == (b"more", "edited")


def test_load_merged_when_nothing_is_stored_then_is_none(repository: SessionRepository) -> None:
    """What isn't there is None, and an edit of it makes nothing (BB-session_merge-2)."""
    assert repository.load_merged("nobody") is None
    assert repository.edit_meta("nobody", n=1) is False
    assert repository.try_load("nobody") is None


@pytest.mark.parametrize("storage", ["faulty"], indirect=True)
def test_save_when_meta_is_merged_then_the_storage_is_asked_once(
    repository: SessionRepository, elsewhere: SessionRepository, storage: FaultyStorage
) -> None:
    """The stored metadata comes with the lease: no load besides (BB-session_merge-5)."""
    record = repository.save(RECORD)
    elsewhere.edit_meta("ann", title="edited")
    storage.calls.clear()
    assert repository.save(replace(record, snapshot=b"x")).meta["title"] == "edited"
    assert storage.calls == ["acquire", "commit"]


@pytest.mark.parametrize("flag", [True, False])
def test_save_when_a_flag_was_set_elsewhere_then_adopts_it(
    repository: SessionRepository, elsewhere: SessionRepository, flag: bool
) -> None:
    """The runtime takes up what was switched on or off (BB-session_merge-7), as it does a mode
    (BB-session_repository-3).
    """
    record = repository.save(SessionRecord("ann", b"x", {"plan": not flag, "mode": "old"}))
    elsewhere.edit_meta("ann", plan=flag, mode="new")
    saved = repository.save(replace(record, snapshot=b"y"))
    assert saved.meta == {"plan": flag, "mode": "new"}
    assert loaded(repository).meta == saved.meta


def test_save_when_it_changed_the_flag_itself_then_its_own_counts(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """Of a field that both changed, the later write stands (BB-session_merge-8)."""
    record = repository.save(SessionRecord("ann", b"x", {"plan": None, "on": False}))
    elsewhere.edit_meta("ann", plan="theirs")
    assert repository.save(replace(record, meta={**record.meta, "plan": "mine"})).meta == {"plan": "mine", "on": False}
    assert merged(elsewhere).meta["plan"] == "mine"


def test_save_when_nothing_is_stored_yet_then_its_own_meta_counts(repository: SessionRepository) -> None:
    """A first save has all of its fields (BB-session_merge-9)."""
    assert repository.save(RECORD).meta == RECORD.meta
    assert merged(repository).meta == RECORD.meta


def test_load_merged_when_both_are_as_new_then_memory_has_the_stored_meta(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """At the same revision the fields are the storage's (BB-session_merge-10, BB-session_merge-12), and what memory
    lacks is recovered (BB-old-3); the objects are memory's.
    """
    record = repository.save(RECORD)
    repository._keep(replace(record, snapshot=b"not saved yet"))
    elsewhere.edit_meta("ann", title="theirs", pinned=True, question="pending")
    found = merged(repository)
    assert (found.meta["title"], found.meta["pinned"], found.meta["question"]) == ("theirs", True, "pending")
    assert found.snapshot == b"not saved yet"
    assert found.changed_meta() == {}


def test_load_merged_when_the_storage_is_newer_then_it_wins(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """The newer copy is taken by fence and revision (BB-session_merge-11), whatever clocks say
    (BB-session_repository-2).
    """
    record = repository.save(RECORD)
    elsewhere.save(replace(record, snapshot=b"elsewhere", accessed=1.0))
    assert merged(repository).snapshot == b"elsewhere"
    assert loaded(repository).snapshot == b"elsewhere"


def test_load_merged_when_memory_is_newer_then_is_not_replaced(repository: SessionRepository) -> None:
    """A cached copy is never replaced by an older one (BB-old-2, BB-session_merge-13)."""
    record = repository.save(RECORD)
    repository._keep(replace(record, snapshot=b"ahead", rev=record.rev + 5))
    assert merged(repository).snapshot == b"ahead"


def test_load_merged_when_the_record_was_made_anew_then_the_new_one_is_preferred(
    repository: SessionRepository, storage: Storage
) -> None:
    """Another life has a higher fence, though its revisions begin anew (BB-session_repository-1); a record that is
    gone isn't kept alive by the cache.
    """
    record = repository.save(RECORD)
    for n in range(3):
        record = repository.save(replace(record, snapshot=b"%d" % n))
    SessionStore(storage).delete("ann")
    SessionStore(storage).save(SessionRecord("ann", b"reborn"))
    assert (merged(repository).snapshot, merged(repository).rev) == (b"reborn", 1)
    SessionStore(storage).delete("ann")
    assert repository.load_merged("ann") is None
    assert repository.load("ann") is None


def test_save_when_meta_is_the_storages_then_the_objects_are_the_runtimes(
    repository: SessionRepository, elsewhere: SessionRepository, storage: Storage
) -> None:
    """A merge is of fields; the objects are those of who saves (BB-session_merge-14)."""
    record = repository.save(RECORD)
    elsewhere.edit_meta("ann", title="theirs")
    repository.save(replace(record, snapshot=b"of the runtime"))
    fresh = loaded(SessionRepository(storage))
    assert (fresh.snapshot, fresh.meta["title"]) == (b"of the runtime", "theirs")


def test_edit_meta_when_two_write_at_once_then_one_comes_after_the_other(
    repository: SessionRepository, elsewhere: SessionRepository, storage: Storage
) -> None:
    """Two writers are serialised, over processes too (BB-session_merge-15): two revisions, both fields."""
    repository.save(SessionRecord("ann", b"x"))
    writers = [
        threading.Thread(target=lambda one=one, name=name: one.edit_meta("ann", **{name: True}))
        for one, name in ((repository, "a"), (elsewhere, "b"))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    head = stored(storage).head
    assert (head.meta, head.meta_rev) == ({"a": True, "b": True}, 2)


def test_edit_meta_when_somebody_has_the_session_then_changes_the_fields_alone(
    repository: SessionRepository, storage: Storage
) -> None:
    """An edit is a narrow transaction (BB-old-1, BB-session_merge-16): no lease, no body, no other field."""
    repository.save(RECORD)
    before = stored(storage)
    take(storage, "ann")
    assert repository.edit_meta("ann", title="edited") is True
    after = stored(storage)
    assert after.head.meta == {**before.head.meta, "title": "edited"}
    assert replace(after.head, meta=before.head.meta, meta_rev=before.head.meta_rev) == before.head
    assert after.body == before.body


def test_edit_meta_when_a_field_is_cleared_then_by_compare_and_set_and_in_both_tiers(
    repository: SessionRepository, storage: Storage
) -> None:
    """A clear is durable, and refused to who has seen an older state (BB-session_repository-16); the cache has it too
    (BB-session_repository-17).
    """
    repository.save(RECORD)
    assert repository.edit_meta("ann", 0, title=None) is False
    assert loaded(repository).meta["title"] == "t"
    assert repository.edit_meta("ann", 1, title=None) is True
    assert "title" not in stored(storage).head.meta
    assert "title" not in loaded(repository).meta
    assert repository.edit_meta("ann", 1, dev=None) is False


def test_edit_meta_when_the_record_is_gone_then_the_cache_forgets_it(
    repository: SessionRepository, elsewhere: SessionRepository
) -> None:
    """What an edit doesn't find was deleted elsewhere."""
    repository.save(RECORD)
    elsewhere.delete("ann")
    assert repository.edit_meta("ann", title="x") is False
    assert repository.load("ann") is None
