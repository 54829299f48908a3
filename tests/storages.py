"""Storages for tests: which there are here, how they are opened, and a lease in one."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Acquired, Lease, Owner, Storage
from luahost.storage.sql_storage import VERSION_EVERY_S, SqlStorage
from luahost.storage.sqlite_storage import SqliteDoor
from luahost.testing.faulty_storage import FaultyStorage

KINDS = ("memory", "sqlite", "postgres", "faulty")
OWNER = Owner("a")
LOCAL = ("127.0.0.1", 5432)


def postgres_url() -> str:
    """Returns the URL of the tests' PostgreSQL; skips the test, and says so, where there is none.

    In CI there is one.
    """
    url = os.environ.get("LUAHOST_TEST_POSTGRES", "")
    if url:
        return url
    try:
        socket.create_connection(LOCAL, timeout=1.0).close()
    except OSError:
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL: none answers at 127.0.0.1:5432, and LUAHOST_TEST_POSTGRES isn't set")
    return "postgresql://postgres@127.0.0.1:5432/test"


@contextmanager
def postgres_prefix() -> Iterator[tuple[str, str]]:
    """Yields the URL, and a prefix for tables that are dropped afterwards."""
    import psycopg

    url, prefix = postgres_url(), f"t{secrets.token_hex(6)}_"
    try:
        yield url, prefix
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            query = "SELECT tablename FROM pg_tables WHERE tablename LIKE %s"
            for (table,) in connection.execute(query, (prefix.replace("_", r"\_") + "%",)).fetchall():
                connection.execute(f'DROP TABLE "{table}"'.encode())


@contextmanager
def opened(
    kind: str, folder: Path, now: Callable[[], float] = time.time, *, version_every_s: float = VERSION_EVERY_S
) -> Iterator[Storage]:
    """Yields a fresh storage of a kind; `now` is its clock, unless it has one of its own."""
    with _opened(kind, folder, now, version_every_s) as storage:
        try:
            yield storage
        finally:
            storage.close()


def leased(storage: Storage, key: str = "k") -> Lease:
    """Returns the lease of a key of the store "s", which nobody else has."""
    acquired = storage.acquire("s", key, OWNER, 60)
    assert isinstance(acquired, Acquired)
    return acquired.lease


@contextmanager
def _opened(kind: str, folder: Path, now: Callable[[], float], version_every_s: float) -> Iterator[Storage]:
    if kind == "memory":
        yield MemoryStorage(now=now, version_every_s=version_every_s)
    elif kind == "postgres":
        from luahost.storage.postgres_storage import PostgresDoor

        with postgres_prefix() as (url, prefix):
            yield SqlStorage(PostgresDoor(url, prefix=prefix), version_every_s=version_every_s)
    else:
        door = SqliteDoor(folder / "sessions.db", now=now)
        storage = SqlStorage(door, version_every_s=version_every_s)
        yield FaultyStorage(storage) if kind == "faulty" else storage
