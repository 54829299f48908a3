"""PostgreSQL as a storage: connections that are cut, servers that aren't there, several who begin at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from storages import leased, postgres_prefix

from luahost.errors import NewerData, Unavailable
from luahost.storage.body import pack_body
from luahost.storage.port import Done, Storage, Write
from luahost.storage.postgres_storage import open_postgres


@pytest.fixture
def place() -> Iterator[tuple[str, str]]:
    """Returns a URL, and a prefix for tables of the test's own."""
    with postgres_prefix() as place:
        yield place


@pytest.fixture
def storage(place: tuple[str, str]) -> Iterator[Storage]:
    """Returns a storage in tables of its own."""
    storage = open_postgres(place[0], prefix=place[1])
    yield storage
    storage.close()


def cut_connections(url: str, prefix: str) -> None:
    """Ends the connections of one storage, as a server does that is restarted."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(url, autocommit=True) as admin:
        assert admin.execute(query, (f"luahost {prefix}",)).fetchall()


def test_commit_when_the_connection_was_cut_before_then_a_new_one_is_used(
    storage: Storage, place: tuple[str, str]
) -> None:
    """A server that was restarted costs a connection, and no save."""
    lease = leased(storage)
    cut_connections(*place)
    assert storage.commit([Write(lease, "c", body=pack_body(b"x"))]) == [Done(1)]


def test_open_when_nobody_answers_then_is_unavailable_and_tells_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that isn't there is said to be so; the URL's password is not repeated."""
    monkeypatch.setattr("luahost.storage.postgres_storage.PATIENCE_S", 1)
    with pytest.raises(Unavailable) as raised:
        open_postgres("postgresql://me:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(raised.value)


def test_open_when_several_begin_at_once_then_the_tables_are_made_once(place: tuple[str, str]) -> None:
    """Hosts that start together don't fall over each other."""
    opened: list[Storage] = []
    threads = [
        threading.Thread(target=lambda: opened.append(open_postgres(place[0], prefix=place[1]))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for storage in opened:
        storage.close()


def test_open_when_a_newer_release_made_the_tables_then_is_refused(place: tuple[str, str]) -> None:
    """An older release doesn't write to what it doesn't know."""
    open_postgres(place[0], prefix=place[1]).close()
    with psycopg.connect(place[0], autocommit=True) as newer:
        newer.execute(f"UPDATE {place[1]}info SET value = '99' WHERE name = 'schema'".encode())
    with pytest.raises(NewerData, match="version 99"):
        open_postgres(place[0], prefix=place[1])


def test_commit_when_two_groups_have_the_same_keys_then_neither_waits_for_ever(storage: Storage) -> None:
    """Writes are done in the order of their keys: two commits never wait for each other in a circle."""
    leases = [leased(storage, f"k{i}") for i in range(10)]
    failed: list[Exception] = []

    def commit(order: int) -> None:
        try:
            for n in range(10):
                writes = [Write(lease, f"{order} {n} {lease.key}", body=b"x") for lease in leases[::order]]
                storage.commit(writes)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=commit, args=(order,)) for order in (1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
