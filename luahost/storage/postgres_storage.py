"""PostgreSQL: a database that several machines share.

psycopg with a pool of connections; needs the extra `postgres`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolTimeout

from luahost.errors import Ambiguous, StorageClosed, StorageError, Unavailable
from luahost.storage.door import Rows, Run
from luahost.storage.port import Capabilities
from luahost.storage.queries import checked_prefix, load_migrations, load_queries
from luahost.storage.schema import bring_up
from luahost.storage.sql_storage import SqlStorage

__all__ = ["PostgresDoor", "open_postgres"]

WORDS = {
    "now": "extract(epoch FROM clock_timestamp())::double precision",
    "locking": "FOR UPDATE",
    "locking_lease": "FOR UPDATE OF l",
}
PATIENCE_S = 5
MOST_CONNECTIONS = 4
OPTIONS = f"-c statement_timeout={2 * PATIENCE_S}s -c lock_timeout={PATIENCE_S}s"


def open_postgres(url: str, *, prefix: str = "") -> SqlStorage:
    """Returns the storage at a URL as libpq understands it; its clock is the server's."""
    return SqlStorage(PostgresDoor(url, prefix=prefix))


class PostgresDoor:
    """Obeys `Door`."""

    capabilities = Capabilities(durable=True, shared=True, backup=False)

    def __init__(self, url: str, *, prefix: str = "", migrations: Sequence[str] | None = None) -> None:
        """Connects and brings the tables up; raises Unavailable if there is no answer.

        `migrations` are those that the tables are brought up by, SQL with `{prefix}`, instead of this release's.
        """
        self._prefix = checked_prefix(prefix)
        self._queries = load_queries(prefix=prefix, words=WORDS, mark="%s")
        self._is_closed = False
        # The pool tells every attempt of its own to standard error; what matters is told as `store_degraded`.
        logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url,
            min_size=0,
            max_size=MOST_CONNECTIONS,
            timeout=PATIENCE_S,
            kwargs={"connect_timeout": PATIENCE_S, "options": OPTIONS, "application_name": f"luahost {prefix}".strip()},
            check=ConnectionPool.check_connection,
            open=True,
        )
        try:
            self._bring_up(load_migrations("postgres") if migrations is None else migrations)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self, *, is_durable: bool = True) -> Iterator[Run]:
        """A transaction, always durable: hosts elsewhere outlive the server, and would see a fence given out twice."""
        with self._connected() as connection:
            yield self._run(connection)
            try:
                connection.commit()
            except psycopg.OperationalError as error:
                raise Ambiguous(f"the commit may have been done: {_text(error)}") from error

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """A transaction that is taken back."""
        with self._connected() as connection:
            yield self._run(connection)
            connection.rollback()

    def integrity(self) -> list[str]:
        """Returns nothing: the server looks after itself."""
        return []

    def backup(self, target: Path) -> None:
        """Raises: the server has its own ways."""
        raise StorageError("postgresql: back it up by pg_dump, or by what your server has for that")

    def close(self) -> None:
        """Closes the connections."""
        if not self._is_closed:
            self._is_closed = True
            self._pool.close()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        if self._is_closed:
            raise StorageClosed("postgresql: the storage is closed")
        try:
            with self._pool.connection() as connection:
                try:
                    yield connection
                except BaseException:
                    _roll_back(connection)
                    raise
        except (PoolTimeout, psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise Unavailable(f"postgresql: {_text(error)}") from error
        except psycopg.Error as error:
            raise StorageError(f"postgresql: {_text(error)}") from error

    def _bring_up(self, migrations: Sequence[str]) -> None:
        with self._connected() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('luahost'))")
            found = connection.execute("SELECT to_regclass(%s)", (f"{self._prefix}info",)).fetchone()
            run = self._run(connection)
            has_info = found is not None and found[0] is not None
            bring_up(
                run,
                lambda text: connection.execute(text.encode()),
                migrations,
                prefix=self._prefix,
                has_info=has_info,
                where="postgresql",
            )
            connection.commit()

    def _run(self, connection: Connection) -> Run:
        queries = self._queries

        def run(name: str, /, rows: Rows | None = None, **values: Any) -> list[tuple[Any, ...]]:
            query = queries[name]
            if rows is not None:
                connection.cursor().executemany(query.text.encode(), [query.pick(row) for row in rows])
                return []
            cursor = connection.execute(query.text.encode(), query.pick(values))
            return cursor.fetchall() if cursor.description is not None else []

        return run


def _roll_back(connection: Connection) -> None:
    if not connection.closed and not connection.broken:
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()


def _text(error: Exception) -> str:
    """Returns the first line of what the server says: never the URL, which may hold a password."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
