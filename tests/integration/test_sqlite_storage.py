"""SQLite as a storage: other programs' files, full disks, broken files, forks, and several processes at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_disk import SmallDisk
from storages import leased

from luahost.errors import Damaged, NewerData, StorageClosed, StorageError, Unavailable
from luahost.storage.body import pack_body, unpack_body
from luahost.storage.port import Done, Storage, Write
from luahost.storage.sql_storage import SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor, open_sqlite

WRITER = """
import sys
from luahost.storage.body import pack_body
from luahost.storage.port import Owner, Write
from luahost.storage.sqlite_storage import open_sqlite
storage = open_sqlite(sys.argv[1])
lease = storage.acquire("s", sys.argv[2], Owner(sys.argv[2]), 60).lease
for n in range(int(sys.argv[3])):
    storage.commit([Write(lease, f"{sys.argv[2]} {n}", body=pack_body(b"%d" % n))])
storage.close()
"""


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """Returns a storage in a file."""
    storage = open_sqlite(tmp_path / "x.db")
    yield storage
    storage.close()


def payload_of(storage: Storage, key: str = "k") -> bytes | None:
    """Returns what is stored of a key."""
    record = storage.read("s", key)
    return unpack_body(record.body) if record is not None else None


def test_open_when_the_file_is_another_programs_then_is_left_alone(tmp_path: Path) -> None:
    """A foreign database is refused, and not touched (BB-v3-6)."""
    path = tmp_path / "x.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        open_sqlite(path)
    with sqlite3.connect(path) as again:
        assert [row[0] for row in again.execute("SELECT name FROM sqlite_master")] == ["theirs"]
    again.close()
    assert len(path.read_bytes()) == len(before)


def test_open_when_the_file_is_no_database_then_says_so(tmp_path: Path) -> None:
    """Any other file is refused."""
    (tmp_path / "x.db").write_text("a text that is no database, and long enough to be looked at" * 20)
    with pytest.raises(StorageError, match="not a database"):
        open_sqlite(tmp_path / "x.db")


def test_open_when_a_newer_release_made_the_tables_then_is_refused(tmp_path: Path) -> None:
    """An older release doesn't write to what it doesn't know."""
    open_sqlite(tmp_path / "x.db").close()
    with sqlite3.connect(tmp_path / "x.db") as newer:
        newer.execute("UPDATE info SET value = '99' WHERE name = 'schema'")
    newer.close()
    with pytest.raises(NewerData, match="version 99"):
        open_sqlite(tmp_path / "x.db")


def test_open_when_opened_again_then_takes_no_step_twice(tmp_path: Path) -> None:
    """The tables are brought up once; the database keeps its epoch."""
    epochs = []
    for _ in range(2):
        open_sqlite(tmp_path / "x.db").close()
        with sqlite3.connect(tmp_path / "x.db") as made:
            epochs += made.execute("SELECT value FROM info WHERE name = 'epoch'").fetchall()
        made.close()
    assert epochs[0] == epochs[1]


def test_commit_when_the_disk_is_full_then_is_unavailable_and_works_again(tmp_path: Path) -> None:
    """A full disk loses nothing: the transaction is gone whole, and what comes after there is room again is saved."""
    disk = SmallDisk()
    storage = SqlStorage(SqliteDoor(tmp_path / "x.db", connect=disk.connect))
    lease = leased(storage)
    storage.commit([Write(lease, "small", body=pack_body(b"small"))])
    disk.fill()
    noise = os.urandom(100_000)
    with pytest.raises(Unavailable, match="full"):
        storage.commit([Write(lease, "large", body=pack_body(noise))])
    assert payload_of(storage) == b"small"
    disk.clear()
    assert storage.commit([Write(lease, "large", body=pack_body(noise))]) == [Done(2)]
    assert payload_of(storage) == noise
    storage.close()


def test_commit_when_the_file_is_locked_then_is_unavailable_after_a_while(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that keeps the file for itself is waited for, but not for ever."""
    monkeypatch.setattr("luahost.storage.sqlite_storage.PATIENCE_S", 0.05)
    lease = leased(storage)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        storage.commit([Write(lease, "c", body=pack_body(b"x"))])
    other.execute("ROLLBACK")
    other.close()
    assert storage.commit([Write(lease, "c", body=pack_body(b"x"))]) == [Done(1)]


def test_commit_when_eight_processes_write_then_all_come_through(tmp_path: Path) -> None:
    """Eight processes share a file, and none starves."""
    path = str(tmp_path / "x.db")
    open_sqlite(path).close()
    writers = [
        subprocess.Popen([sys.executable, "-P", "-c", WRITER, path, f"k{i}", "40"], stderr=subprocess.PIPE)
        for i in range(8)
    ]
    errors = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    assert errors == [""] * 8
    storage = open_sqlite(path)
    assert [payload_of(storage, f"k{i}") for i in range(8)] == [b"39"] * 8
    storage.close()


def test_use_when_forked_then_is_refused_in_the_child(storage: Storage) -> None:
    """A connection doesn't survive a fork: the child is told to open its own, and its end harms nothing here."""
    lease = leased(storage)
    pid = os.fork()
    if pid == 0:
        try:
            storage.read("s", "k")
        except StorageClosed:
            storage.close()
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert storage.commit([Write(lease, "c", body=pack_body(b"x"))]) == [Done(1)]


def test_use_when_the_file_breaks_then_is_damaged_and_not_absent(storage: Storage, tmp_path: Path) -> None:
    """An error is never an absence: what can't be read is not taken for what isn't there."""
    lease = leased(storage)
    storage.commit([Write(lease, "c", body=pack_body(os.urandom(200_000)))])
    storage.close()
    path = tmp_path / "x.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    broken = open_sqlite_or_none(path)
    if broken is not None:
        with pytest.raises(Damaged):
            broken.read("s", "k")
        broken.close()


def open_sqlite_or_none(path: Path) -> Storage | None:
    """Returns the storage of a broken file; None if it can't be opened for that."""
    try:
        return open_sqlite(path)
    except Damaged:
        return None
