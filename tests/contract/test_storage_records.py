"""What every storage keeps of records: what was committed is there, whole, once, and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from storages import KINDS, opened
from storing import A, B, Now, Stored

from luahost.errors import StorageError
from luahost.storage.body import pack_body, unpack_body
from luahost.storage.port import Busy, Conflict, Done, Lost, Write
from luahost.storage.sql_storage import VERSION_EVERY_S
from luahost.testing.faulty_storage import FaultyStorage


def payload_of(stored: Stored, key: str) -> bytes | None:
    """Returns what is stored of a key."""
    record = stored.storage.read(stored.store, key)
    return unpack_body(record.body) if record is not None else None


@pytest.mark.parametrize("payload", [b"", b"\0\xff", b"x" * 5_000_000])
def test_commit_when_done_then_the_body_is_read_as_it_was(stored: Stored, payload: bytes) -> None:
    """Bytes come back as they went in, whatever they are and however many (BB-jsonl-3)."""
    assert stored.save(stored.acquire("ann", A), payload) == Done(1)
    assert payload_of(stored, "ann") == payload


def test_commit_when_done_again_then_replaces_the_row(stored: Stored) -> None:
    """Saves are idempotent: a later one takes the place of the former (BB-jsonl-8), and the revision rises."""
    lease = stored.acquire("ann", A)
    assert [stored.save(lease, text) for text in (b"one", b"two")] == [Done(1), Done(2)]
    assert payload_of(stored, "ann") == b"two"


def test_commit_when_the_same_arrives_twice_then_is_done_once(stored: Stored) -> None:
    """Who lost the answer sends the same once more."""
    lease = stored.acquire("ann", A)
    for _ in range(2):
        assert stored.save(lease, b"one", commit_id="same", log=["line"]) == Done(1)
    assert stored.storage.read_log(stored.store, "ann") == ["line"]


def test_commit_when_the_same_arrives_after_its_release_then_is_done(stored: Stored) -> None:
    """A last save whose answer was lost is not refused for having let its own lease go."""
    lease = stored.acquire("ann", A)
    assert stored.save(lease, b"last", commit_id="last", release=True) == Done(1)
    assert stored.save(lease, b"last", commit_id="last", release=True) == Done(1)


def test_commit_when_the_fence_is_old_then_nothing_is_written(stored: Stored) -> None:
    """The fence decides: the write of a former owner is refused, whatever its clock says."""
    old = stored.acquire("ann", A, ttl_s=0)
    stored.save(stored.acquire("ann", B), b"new")
    assert stored.save(old, b"old", log=["old"]) == Lost("b")
    assert payload_of(stored, "ann") == b"new"
    assert stored.storage.read_log(stored.store, "ann") == []


def test_commit_when_the_lease_ran_out_and_nobody_took_it_then_is_done(stored: Stored) -> None:
    """The clock only permits: a late save counts as long as nobody took over."""
    assert stored.save(stored.acquire("ann", A, ttl_s=0), b"late") == Done(1)


def test_commit_when_never_owned_then_is_refused(stored: Stored) -> None:
    """Without a lease nothing is written."""
    lease = stored.acquire("ann", A)
    stored.release(lease)
    assert stored.save(lease, b"x") == Lost("")


def test_commit_when_grouped_then_each_has_its_own_outcome(stored: Stored) -> None:
    """Independent saves share a transaction, and one that is refused takes no other with it."""
    leases = [stored.acquire(key, A) for key in ("c", "a", "b")]
    stored.acquire("a", B, policy="steal")
    writes = [Write(lease, f"group {lease.key}", body=pack_body(lease.key.encode())) for lease in leases]
    assert stored.storage.commit(writes) == [Done(1), Lost("b"), Done(1)]
    assert [payload_of(stored, key) for key in "cab"] == [b"c", None, b"b"]


def test_commit_when_a_group_has_several_writes_of_a_key_then_each_sees_the_one_before(stored: Stored) -> None:
    """Bodies of a group are written together, but never behind a later write of the same record."""
    lease, other = stored.acquire("a", A), stored.acquire("b", A)
    bodies = [Write(lease, "1", body=pack_body(b"one")), Write(lease, "2", body=pack_body(b"two"))]
    touch = Write(lease, "3", meta={"title": "t"}, accessed=5.0)
    gone = [Write(other, "4", body=pack_body(b"x")), Write(other, "5", delete=True, release=True)]
    assert stored.storage.commit([*bodies, touch, *gone]) == [Done(1), Done(2), Done(2), Done(1), Done(1)]
    record = stored.storage.read(stored.store, "a")
    assert record is not None
    assert (unpack_body(record.body), record.head.meta, record.head.accessed) == (b"two", {"title": "t"}, 5.0)
    assert stored.storage.read(stored.store, "b") is None


def test_commit_when_atomic_and_one_is_refused_then_none_is_done(stored: Stored) -> None:
    """All or none: a pair that fails leaves nothing of either (BB-session_repository-5)."""
    leases = [stored.acquire(key, A) for key in ("a", "b")]
    stored.acquire("b", B, policy="steal")
    writes = [Write(lease, f"atomic {lease.key}", body=pack_body(b"x")) for lease in leases]
    assert stored.storage.commit(writes, atomic=True) == [Conflict(), Lost("b")]
    assert payload_of(stored, "a") is None


def test_commit_when_atomic_and_all_may_then_a_pair_is_changed_narrowly(stored: Stored) -> None:
    """Two records change in one transaction, and only in what is written of them (BB-session_repository-4)."""
    leases = [stored.acquire(key, A) for key in ("child", "root")]
    for lease in leases:
        stored.save(lease, lease.key.encode(), meta={"mode": "old", "title": lease.key})
    writes = [Write(lease, f"pair {lease.key}", meta={"mode": "new"}) for lease in leases]
    assert stored.storage.commit(writes, atomic=True) == [Done(1), Done(1)]
    for key in ("child", "root"):
        record = stored.storage.read(stored.store, key)
        assert record is not None
        assert (record.head.meta, unpack_body(record.body)) == ({"mode": "new", "title": key}, key.encode())


def test_commit_when_it_has_no_body_then_leaves_the_body(stored: Stored) -> None:
    """Last access and log are written without the body, whose revision stays."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"body")
    assert stored.storage.commit([Write(lease, "touch", accessed=77.0, log=["seen"])]) == [Done(1)]
    record = stored.storage.read(stored.store, "ann")
    assert record is not None
    assert (record.head.accessed, unpack_body(record.body)) == (77.0, b"body")


def test_commit_when_others_appended_meanwhile_then_their_lines_come_before_its_own(stored: Stored) -> None:
    """A save keeps what is stored behind its back, and appends what it has (BB-session_merge-4)."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x", log=["one"])
    stored.storage.append_log(stored.store, "ann", ["of another process"])
    stored.save(lease, b"y", log=["two", "three"])
    assert stored.storage.read_log(stored.store, "ann") == ["one", "of another process", "two", "three"]


def test_commit_when_it_has_meta_then_other_fields_stay(stored: Stored) -> None:
    """A save carries only the fields that it changes; None takes one away."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x", meta={"title": "t", "pinned": True})
    stored.save(lease, b"x", meta={"pinned": None, "mode": "m"})
    record = stored.storage.read(stored.store, "ann")
    assert record is not None
    assert record.head.meta == {"title": "t", "mode": "m"}


def test_commit_when_it_deletes_then_nothing_is_left(stored: Stored) -> None:
    """A delete takes body, log and versions; the same delete once more is done as well (TS-2690d1fc-2)."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x", log=["line"])
    write = Write(lease, "gone", delete=True, release=True)
    assert [type(outcome) for outcome in stored.storage.commit([write])] == [Done]
    assert [type(outcome) for outcome in stored.storage.commit([write])] == [Done]
    assert stored.storage.read(stored.store, "ann") is None
    assert stored.storage.read_log(stored.store, "ann") == []


def test_edit_meta_when_somebody_else_owns_the_record_then_is_merged(stored: Stored) -> None:
    """Small fields are changed by anyone, without a lease; the owner's next save keeps them (BB-session_merge-1)."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"one", meta={"title": "old", "mode": "m"})
    assert stored.storage.edit_meta(stored.store, "ann", {"title": "new"}) == 2
    stored.save(lease, b"two")
    record = stored.storage.read(stored.store, "ann")
    assert record is not None
    assert record.head.meta == {"title": "new", "mode": "m"}


def test_edit_meta_when_done_then_the_body_stays_to_the_byte(stored: Stored) -> None:
    """The small fields are written without the body, which is as it was (BB-v2-3)."""
    stored.save(stored.acquire("ann", A), b"body" * 1000)
    before = stored.storage.read(stored.store, "ann")
    stored.storage.edit_meta(stored.store, "ann", {"title": "new"})
    after = stored.storage.read(stored.store, "ann")
    assert before is not None
    assert after is not None
    assert (after.body, after.head.rev, after.head.digest) == (before.body, before.head.rev, before.head.digest)


def test_edit_meta_when_one_record_is_edited_then_no_other_is_touched_and_a_stale_edit_fails(stored: Stored) -> None:
    """An edit changes the one row, and none if it comes from an older state (BB-v3-2)."""
    for key in ("ann", "bob", "cid"):
        stored.save(stored.acquire(key, A), b"x", meta={"of": key})
    before = {head.key: head for head in stored.storage.scan(stored.store)}
    assert stored.storage.edit_meta(stored.store, "bob", {"title": "new"}, expect=1) == 2
    assert stored.storage.edit_meta(stored.store, "bob", {"title": "stale"}, expect=1) is False
    after = {head.key: head for head in stored.storage.scan(stored.store)}
    assert after.pop("bob").meta == {"of": "bob", "title": "new"}
    del before["bob"]
    assert after == before


def test_edit_meta_when_it_expects_another_revision_then_changes_nothing(stored: Stored) -> None:
    """Exactly one of those who read the same revision wins (BB-v3-3)."""
    stored.save(stored.acquire("ann", A), b"x", meta={"n": 1})
    answers = [stored.storage.edit_meta(stored.store, "ann", {"n": n}, expect=1) for n in (2, 3)]
    assert answers == [2, False]


def test_edit_meta_when_the_record_is_missing_then_makes_none(stored: Stored) -> None:
    """Nothing comes into being by an edit (BB-session_merge-2)."""
    assert stored.storage.edit_meta(stored.store, "nobody", {"n": 1}) is False
    assert stored.storage.read(stored.store, "nobody") is None


def test_delete_when_nobody_owns_it_then_is_idempotent(stored: Stored) -> None:
    """A delete (BB-jsonl-5) may come twice; the second finds nothing (BB-jsonl-6)."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x", release=True)
    assert [stored.storage.delete(stored.store, "ann") for _ in range(2)] == [True, False]


def test_delete_when_owned_then_needs_force_and_ends_the_ownership(stored: Stored) -> None:
    """A record that somebody owns is deleted by force only; the owner's next save is refused."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"x")
    assert isinstance(stored.storage.delete(stored.store, "ann"), Busy)
    assert stored.storage.delete(stored.store, "ann", force=True) is True
    assert isinstance(stored.save(lease, b"y"), Lost)


def test_scan_when_asked_then_the_last_used_comes_first(stored: Stored) -> None:
    """Heads come without their bodies, by their last access; only those of the store; as many as asked for."""
    for at, key in enumerate(["old", "new", "older"]):
        stored.save(stored.acquire(key, A), b"x", accessed=float([20, 30, 10][at]))
    assert [head.key for head in stored.storage.scan(stored.store)] == ["new", "old", "older"]
    assert [head.key for head in stored.storage.scan(stored.store, limit=1)] == ["new"]
    assert [head.key for head in stored.storage.scan(stored.store, before=20.0)] == ["older"]
    assert list(stored.storage.scan("another")) == []


@pytest.mark.parametrize("kind", KINDS)
def test_versions_when_saved_often_then_the_last_ones_are_kept(kind: str, tmp_path: Path) -> None:
    """Older bodies are kept, the last three, and can be read back."""
    with opened(kind, tmp_path, version_every_s=0.0) as storage:
        stored = Stored(storage, secrets.token_hex(4))
        lease = stored.acquire("ann", A)
        for n in range(6):
            stored.save(lease, b"%d" % n)
        assert [version.rev for version in storage.versions(stored.store, "ann")] == [5, 4, 3]
        body = storage.read_version(stored.store, "ann", 4)
        assert body is not None
        assert unpack_body(body) == b"3"
        assert storage.read_version(stored.store, "ann", 1) is None


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_versions_when_saves_are_close_then_only_one_in_a_while_is_kept(kind: str, tmp_path: Path, now: Now) -> None:
    """Saves a second apart are no versions; with the storage's own clock, so only where that can be moved."""
    with opened(kind, tmp_path, now) as storage:
        stored = Stored(storage, "store")
        lease = stored.acquire("ann", A)
        for _ in range(3):
            stored.save(lease, b"x")
            stored.save(lease, b"y")
            now.seconds += VERSION_EVERY_S
        assert [version.rev for version in storage.versions("store", "ann")] == [4, 2]


def test_integrity_when_a_body_was_changed_then_names_it(stored: Stored) -> None:
    """Every checksum is looked at, and what is wrong is named."""
    lease = stored.acquire("ann", A)
    stored.save(lease, b"fine")
    assert stored.storage.integrity() == []
    body = bytearray(pack_body(b"broken"))
    body[-1] ^= 1
    stored.storage.commit([Write(lease, "broken", body=bytes(body))])
    assert stored.storage.integrity() == [
        f"{stored.store}/ann: the checksum is wrong: the body is not what was written"
    ]


def test_integrity_when_a_body_is_a_newer_releases_then_names_it_too(stored: Stored) -> None:
    """What can't be read here is told of, and keeps nothing else from being looked at."""
    body = pack_body(b"x")
    for key, form in (("later", 2), ("much later", 200)):
        stored.storage.commit([Write(stored.acquire(key, A), key, body=body[:4] + bytes([form]) + body[5:])])
    assert [text.split(": ")[1] for text in stored.storage.integrity()] == [
        f"the body has format {form}, which a newer version of luahost wrote" for form in (2, 200)
    ]


def test_backup_when_written_then_is_a_storage_that_gives_out_no_fence_twice(stored: Stored, tmp_path: Path) -> None:
    """A copy has what was committed, and its fences lie beyond those of hosts that still hold the old ones."""
    from luahost.storage.sqlite_storage import open_sqlite

    lease = stored.acquire("ann", A)
    stored.save(lease, b"x")
    if not stored.storage.capabilities.backup:
        with pytest.raises(StorageError):
            stored.storage.backup(tmp_path / "copy.db")
        return
    stored.storage.backup(tmp_path / "copy.db")
    copy = Stored(open_sqlite(tmp_path / "copy.db"), stored.store)
    assert payload_of(copy, "ann") == b"x"
    assert copy.acquire("bob", B).fence > lease.fence + 1_000_000
    copy.storage.close()


def test_faulty_storage_when_told_then_fails_as_told(stored: Stored) -> None:
    """The fake goes away without doing anything, and loses the answer of what it did."""
    if not isinstance(stored.storage, FaultyStorage):
        return
    from luahost.errors import Ambiguous, Unavailable

    lease = stored.acquire("ann", A)
    stored.storage.away = True
    with pytest.raises(Unavailable):
        stored.save(lease, b"x")
    stored.storage.away, stored.storage.answers_lost = False, 1
    with pytest.raises(Ambiguous):
        stored.save(lease, b"y", commit_id="lost")
    assert stored.save(lease, b"y", commit_id="lost") == Done(1)
