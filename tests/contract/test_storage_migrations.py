"""Tables of an older release are brought up by the newer one: once, whole, whoever comes at the same time."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from storages import postgres_prefix
from storing import A, Stored

from luahost.errors import NewerData, StorageError, Unavailable
from luahost.storage.body import unpack_body
from luahost.storage.postgres_storage import PostgresDoor
from luahost.storage.queries import load_migrations
from luahost.storage.sql_storage import SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor

SECOND = """
CREATE TABLE {prefix}extra (key text NOT NULL, n INTEGER NOT NULL);

INSERT INTO {prefix}extra (key, n) SELECT key, size FROM {prefix}head;
"""
THIRD = "ALTER TABLE {prefix}head ADD COLUMN note text;\n"

MIGRATE = """
import os, signal, sys
from luahost.storage.queries import load_migrations
kind, place, prefix, more = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
if kind == "sqlite":
    from pathlib import Path
    from luahost.storage.sqlite_storage import SqliteDoor, connect

    def connected(path):
        connection = connect(path)
        connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
        return connection

    SqliteDoor(Path(place), prefix=prefix, connect=connected, migrations=[*load_migrations(kind), more]).close()
else:
    from luahost.storage.postgres_storage import PostgresDoor
    PostgresDoor(place, prefix=prefix, migrations=[*load_migrations(kind), more]).close()
"""


class Tables:
    """The tables of one database, as releases of different age open them."""

    def __init__(self, kind: str, place: str, prefix: str, ask: Callable[[str], list[Any]]) -> None:
        self.kind, self.prefix, self._place, self._ask = kind, prefix, place, ask

    def opened(self, *more: str) -> Stored:
        """Returns the storage as a release opens it that has more migrations than this one."""
        migrations = [*load_migrations(self.kind), *more]
        if self.kind == "sqlite":
            door: Any = SqliteDoor(Path(self._place), prefix=self.prefix, migrations=migrations)
        else:
            door = PostgresDoor(self._place, prefix=self.prefix, migrations=migrations)
        return Stored(SqlStorage(door), "s")

    def ask(self, query: str) -> list[Any]:
        """Returns the rows of a query."""
        return self._ask(query.replace("{prefix}", self.prefix))

    def version(self) -> str:
        """Returns the version that the tables say they have."""
        return str(self.ask("SELECT value FROM {prefix}info WHERE name = 'schema'")[0][0])

    def migrate(self, more: str) -> subprocess.Popen[str]:
        """Returns a process that brings the tables up when it is told to."""
        arguments = [sys.executable, "-P", "-c", MIGRATE, self.kind, self._place, self.prefix, more]
        pipe = subprocess.PIPE
        process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process


@pytest.fixture(params=["sqlite", "postgres"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    """Returns tables that this release has made, with a record in them."""
    if request.param == "sqlite":
        tables = Tables("sqlite", str(tmp_path / "x.db"), "a_", lambda query: _sqlite(tmp_path / "x.db", query))
        yield _filled(tables)
        return
    with postgres_prefix() as (url, prefix):
        yield _filled(Tables("postgres", url, prefix, lambda query: _postgres(url, query)))


def _sqlite(path: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def _postgres(url: str, query: str) -> list[Any]:
    import psycopg

    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def _filled(tables: Tables) -> Tables:
    stored = tables.opened()
    stored.save(stored.acquire("ann", A), b"made by the first", meta={"title": "t"}, release=True)
    stored.storage.close()
    return tables


def payload_of(stored: Stored) -> bytes:
    """Returns the record that the first release made, and closes."""
    record = stored.storage.read("s", "ann")
    stored.storage.close()
    assert record is not None
    assert record.head.meta == {"title": "t"}
    return unpack_body(record.body)


def test_open_when_a_release_knows_more_then_the_tables_are_brought_up_once(tables: Tables) -> None:
    """What is missing is filled in, what is there stays, and a step is never taken twice (BB-v2-6)."""
    for _ in range(2):
        assert payload_of(tables.opened(SECOND)) == b"made by the first"
    assert tables.version() == "2"
    assert [key for key, _ in tables.ask("SELECT * FROM {prefix}extra")] == ["ann"]


def test_open_when_several_steps_are_missing_then_all_are_taken(tables: Tables) -> None:
    """A release that was left out is made up for."""
    stored = tables.opened(SECOND, THIRD)
    stored.save(stored.acquire("bob", A), b"x")
    stored.storage.close()
    assert tables.version() == "3"
    assert tables.ask("SELECT note FROM {prefix}head") == [(None,), (None,)]


def test_open_when_a_newer_release_was_there_then_an_older_one_is_refused(tables: Tables) -> None:
    """An older release doesn't touch what it doesn't know: one line says which versions, and what to do."""
    tables.opened(SECOND).storage.close()
    with pytest.raises(NewerData, match="the tables have version 2, and this release knows 1: use a newer one"):
        tables.opened()
    assert tables.version() == "2"
    assert payload_of(tables.opened(SECOND)) == b"made by the first"


def test_open_when_a_step_fails_then_nothing_of_it_is_left(tables: Tables) -> None:
    """A migration happens whole or not at all: the older release goes on, and the mended step is taken later."""
    with pytest.raises(StorageError):
        tables.opened(SECOND + "INSERT INTO {prefix}nowhere (a) VALUES (1);\n")
    assert tables.version() == "1"
    assert payload_of(tables.opened()) == b"made by the first"
    assert payload_of(tables.opened(SECOND)) == b"made by the first"
    assert len(tables.ask("SELECT * FROM {prefix}extra")) == 1


def test_open_when_it_is_broken_off_in_the_middle_then_begins_anew(tables: Tables) -> None:
    """A process that dies within a migration, by kill -9, or whose server goes, leaves the tables as they were."""
    if tables.kind == "sqlite":
        process = tables.migrate(SECOND + "SELECT die();\n" + THIRD)
        process.communicate("go\n", timeout=60)
        assert process.returncode == -signal.SIGKILL
    else:
        with pytest.raises(Unavailable):
            tables.opened(SECOND + "SELECT pg_terminate_backend(pg_backend_pid());\n" + THIRD)
    assert tables.version() == "1"
    assert payload_of(tables.opened()) == b"made by the first"
    assert payload_of(tables.opened(SECOND)) == b"made by the first"
    assert len(tables.ask("SELECT * FROM {prefix}extra")) == 1


def test_open_when_several_processes_bring_up_at_once_then_each_step_is_taken_once(tables: Tables) -> None:
    """Hosts of a newer release that start together don't fall over each other, nor do it twice."""
    processes = [tables.migrate(SECOND) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 4
    assert [process.returncode for process in processes] == [0] * 4
    assert (tables.version(), len(tables.ask("SELECT * FROM {prefix}extra"))) == ("2", 1)
