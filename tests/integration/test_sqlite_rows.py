"""What lies in the tables of an SQLite file, and what a byte that has changed there does."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from lasting import LastingSite
from small_disk import SmallDisk
from storages import OWNER, leased

from luahost.errors import Damaged, NewerData, StorageError, Unavailable
from luahost.records.record import SessionRecord
from luahost.records.session_store import SessionStore
from luahost.storage.body import pack_body, unpack_body
from luahost.storage.port import Storage, Write
from luahost.storage.sql_storage import KEPT_VERSIONS, SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor, open_sqlite


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the file is."""
    return tmp_path / "made" / "on" / "the way" / "x.db"


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    """Returns the storage in it."""
    storage = open_sqlite(path)
    yield storage
    storage.close()


@pytest.fixture
def raw(storage: Storage, path: Path) -> Iterator[sqlite3.Connection]:
    """Returns a connection to the file beside the storage's."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = bytes
    yield connection
    connection.close()


def test_open_when_nothing_is_there_then_folders_tables_and_index_are_made(raw: sqlite3.Connection, path: Path) -> None:
    """Folders, tables and the index by last access come by themselves (BB-v2-1); listing uses the index."""
    assert path.is_file()
    query = "EXPLAIN QUERY PLAN SELECT key FROM head WHERE store = 's' AND accessed < 5 ORDER BY accessed DESC"
    assert b"USING" in raw.execute(query).fetchall()[0][3]
    assert b"head_accessed" in raw.execute(query).fetchall()[0][3]


def test_open_when_opened_again_then_all_is_there(storage: Storage, path: Path) -> None:
    """What was committed is there when the file is opened again: body, head, meta, log, fences (BB-v3-1)."""
    lease = leased(storage)
    storage.commit([Write(lease, "c", body=pack_body(b"x"), meta={"title": "t"}, log=["one"], accessed=77.0)])
    before = storage.read("s", "k")
    storage.close()
    again = open_sqlite(path)
    assert again.read("s", "k") == before
    assert again.read_log("s", "k") == ["one"]
    assert leased(again).fence > lease.fence
    again.close()


def test_head_when_the_body_is_out_of_reach_then_lists_and_edits_work(
    storage: Storage, raw: sqlite3.Connection
) -> None:
    """The head stands for itself, without the body (BB-v2-2): who lists and edits never reads one (BB-v2-8)."""
    storage.commit([Write(leased(storage), "c", body=pack_body(os.urandom(100_000)), meta={"title": "t"})])
    raw.execute("DELETE FROM body")
    assert [(head.key, head.meta, head.size_bytes > 100_000) for head in storage.scan("s")] == [
        ("k", {"title": "t"}, True)
    ]
    assert storage.edit_meta("s", "k", {"title": "new"}) == 2
    assert storage.append_log("s", "k", ["line"]) is True
    ((size,),) = raw.execute("SELECT sum(length(meta) + length(digest) + length(commit_id)) FROM head")
    assert size < 200


def test_commit_when_it_fails_then_nothing_of_it_is_left_and_the_old_is_there(path: Path) -> None:
    """A write that found no room leaves no row of itself, and what is stored is the old (LF-1, LF-2)."""
    disk = SmallDisk()
    storage = SqlStorage(SqliteDoor(path, connect=disk.connect), version_every_s=0)
    lease = leased(storage)
    storage.commit([Write(lease, "old", body=pack_body(b"old"), log=["old"])])
    before = rows(disk.opened[1])
    disk.fill()
    for n in range(3):
        with pytest.raises(Unavailable, match="full"):
            storage.commit([Write(lease, f"new {n}", body=pack_body(os.urandom(100_000)), log=["new"], meta={"n": n})])
    assert rows(disk.opened[1]) == before
    record = storage.read("s", "k")
    assert record is not None
    assert unpack_body(record.body) == b"old"
    storage.close()


def test_commit_when_done_then_the_former_body_is_gone(path: Path) -> None:
    """A new body takes the former one's place; of older ones as many are left as are kept, and no more (LF-4)."""
    storage = SqlStorage(SqliteDoor(path), version_every_s=0)
    lease = leased(storage)
    for n in range(10):
        storage.commit([Write(lease, f"{n}", body=pack_body(b"%d" % n))])
    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT count(*) FROM body").fetchall() == [(1,)]
        assert raw.execute("SELECT count(*) FROM version").fetchall() == [(KEPT_VERSIONS,)]
    raw.close()
    storage.close()


@pytest.mark.parametrize(
    "column", ["body.bytes", "head.meta", "head.digest", "head.commit_id", "version.bytes", "log.line"]
)
def test_row_when_a_byte_is_flipped_at_any_offset_then_the_others_load_and_the_bytes_are_kept(
    storage: Storage, raw: sqlite3.Connection, column: str
) -> None:
    """A record with a changed byte is what was written or an error, never something else that is taken for it."""
    store = SessionStore(storage, on_bad=lambda _key, _error: None)
    saved = store.save(SessionRecord("bad", b"what it had" * 3, {"title": "t\N{LATIN SMALL LETTER E WITH ACUTE}"}))
    storage.append_log("sessions", "bad", ["line"])
    store.save(SessionRecord("good", b"fine"))
    table, _, name = column.partition(".")
    if table == "version":
        raw.execute("INSERT INTO version SELECT store, key, 9, 1.0, bytes FROM body WHERE key = 'bad'")
    ((kind, whole),) = raw.execute(f"SELECT typeof({name}), CAST({name} AS BLOB) FROM {table} WHERE key = 'bad'")
    for at in range(len(whole)):
        flipped = whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :]
        raw.execute(f"UPDATE {table} SET {name} = CAST(? AS {kind.decode()}) WHERE key = 'bad'", (flipped,))
        loaded = {record.key: record for record in store.load_all()}
        assert loaded["good"].snapshot == b"fine"
        assert "bad" not in loaded or loaded["bad"].snapshot == saved.snapshot
        assert {head.key for head in storage.scan("sessions")} == {"bad", "good"}
        if column == "body.bytes":
            assert "bad" not in loaded
            assert [text.partition(":")[0] for text in storage.integrity()] == ["sessions/bad"]
        kept = raw.execute(f"SELECT CAST({name} AS BLOB) FROM {table} WHERE key = 'bad'").fetchall()
        assert kept == [(flipped,)]


def test_meta_when_it_is_damaged_then_is_an_error_and_is_not_written_over(
    storage: Storage, raw: sqlite3.Connection
) -> None:
    """A head that can't be read is changed (a corrupt sidecar is not ignored, BB-v2-5): it is listed, refused, kept."""
    store = SessionStore(storage)
    store.save(SessionRecord("ann", b"x", {"title": "t"}))
    for text in (b'{"title": "t', b'{"title": "\xff"}', b"[1]", b""):
        raw.execute("UPDATE head SET meta = CAST(? AS TEXT)", (text,))
        for call in (
            lambda: store.load("ann"),
            lambda: storage.edit_meta("sessions", "ann", {"title": "new"}),
            lambda: storage.acquire("sessions", "ann", OWNER, 60),
        ):
            with pytest.raises(Damaged, match="sessions/ann: the meta can't be read"):
                call()
        assert [(head.key, head.meta) for head in storage.scan("sessions")] == [("ann", {})]
        assert len(storage.integrity()) == 1
        assert raw.execute("SELECT CAST(meta AS BLOB) FROM head").fetchall() == [(text,)]
        assert storage.holder("sessions", "ann") is None


def test_start_when_a_row_is_damaged_then_the_host_starts_and_the_others_come_back(
    storage: Storage, raw: sqlite3.Connection, tmp_path: Path
) -> None:
    """One bad row keeps a host from nothing but its session, of which it says why; what is stored is left alone."""
    site = LastingSite(tmp_path / "site", storage=storage)
    site.session.execute("app.n = 1")
    bad = site.host.create_session().key
    site.restart()
    body = raw.execute("SELECT bytes FROM body WHERE key = ?", (bad,)).fetchall()[0][0]
    changed = body[:-1] + bytes([body[-1] ^ 1])
    raw.execute("UPDATE body SET bytes = ? WHERE key = ?", (changed, bad))
    site.restart()
    assert site.session.eval("return app.n") == 1
    with pytest.raises((Damaged, NewerData, StorageError), match="checksum"):
        site.host.open_session(bad)
    assert {head.key for head in site.host.saved_sessions()} == {bad, site.session.key}
    site.close()
    assert raw.execute("SELECT bytes FROM body WHERE key = ?", (bad,)).fetchall() == [(changed,)]


def rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns how many rows each table has."""
    return {
        table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("head", "body", "log", "version")
    }
