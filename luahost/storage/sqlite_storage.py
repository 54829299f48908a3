"""SQLite: one file, which is always there. WAL, synced at every commit, one writer at a time."""

from __future__ import annotations

import os
import random
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from luahost.errors import Ambiguous, Damaged, StorageClosed, StorageError, Unavailable
from luahost.storage.door import Rows, Run
from luahost.storage.port import Capabilities
from luahost.storage.queries import checked_prefix, load_migrations, load_queries
from luahost.storage.schema import bring_up
from luahost.storage.sql_storage import SqlStorage

__all__ = ["SqliteDoor", "open_sqlite"]

APPLICATION = 0x4C554148
"""What `PRAGMA application_id` says of our files ("LUAH"), so that another program's file is never written to."""

WORDS = {"now": ":now", "locking": "", "locking_lease": ""}
PATIENCE_S = 5.0
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.0005, 0.02
"""How long a writer waits before it tries again: a chance pause,
because SQLite's own wait starved one of 8 processes.
"""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_FILE = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

Connect = Callable[[Path], sqlite3.Connection]
T = TypeVar("T")


def open_sqlite(path: Path | str, *, prefix: str = "", now: Callable[[], float] = time.time) -> SqlStorage:
    """Returns the storage in a file, which is made if it isn't there; `now` is the clock of its leases."""
    return SqlStorage(SqliteDoor(Path(path), prefix=prefix, now=now))


def _make_room(path: Path) -> None:
    """Makes the file's folder; raises StorageError where no file can be."""
    if path.is_dir():
        raise StorageError(f"{path}: is a folder: name a file in it")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what sessions hold is their users' own
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}"
        raise Unavailable(f"{path}: its folder can't be made ({reason}): make room for it, or name another") from error


def connect(path: Path) -> sqlite3.Connection:
    """Returns a connection as luahost uses it."""
    connection = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False, cached_statements=64)
    # A text that is no UTF-8 any more is its reader's to refuse: it doesn't mean that the database is away.
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


class SqliteDoor:
    """Obeys `Door`. Two connections, each behind a lock: one writes, one reads what was committed."""

    capabilities = Capabilities(durable=True, shared=False, backup=True)

    def __init__(
        self,
        path: Path,
        *,
        prefix: str = "",
        now: Callable[[], float] = time.time,
        connect: Connect = connect,
        synchronous: str = "FULL",
        migrations: Sequence[str] | None = None,
    ) -> None:
        """Opens the file and brings its tables up; raises StorageError for what is no file of ours.

        `migrations` are those that the tables are brought up by, SQL with `{prefix}`, instead of this release's.
        `synchronous` is SQLite's word for how a durable commit is synced: with another one than FULL, none is durable.
        """
        self._path = path
        self._prefix = checked_prefix(prefix)
        self._now = now
        self._connect = connect
        self._pid = os.getpid()
        self._is_closed = False
        self._synchronous = synchronous
        self._is_synced: bool | None = None
        self._queries = load_queries(prefix=prefix, words=WORDS, mark="?")
        self._migrations = load_migrations("sqlite") if migrations is None else migrations
        self._writing, self._reading = threading.Lock(), threading.Lock()
        _make_room(path)
        self._writer = self._opened()
        self._bring_up()
        self._reader = self._opened()

    @contextmanager
    def writing(self, *, is_durable: bool = True) -> Iterator[Run]:
        """A transaction under the file's write lock.

        Leases needn't outlive a power cut, for nobody on this machine who has one does; the next durable commit syncs
        them with it.
        """
        self._check()
        with self._writing, _faults_told(self._path):
            if is_durable is not self._is_synced:
                self._writer.execute(f"PRAGMA synchronous = {self._synchronous if is_durable else 'NORMAL'}")
                self._is_synced = is_durable
            self._begin()
            try:
                yield self._run(self._writer)
                self._commit()
            except BaseException:
                # A full disk has rolled back already, and another ROLLBACK would be an error of its own.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Run]:
        """A transaction that sees what was committed when it began."""
        self._check()
        with self._reading, _faults_told(self._path):
            self._reader.execute("BEGIN")
            try:
                yield self._run(self._reader)
            finally:
                if self._reader.in_transaction:
                    self._reader.execute("ROLLBACK")

    def integrity(self) -> list[str]:
        """Returns what `PRAGMA integrity_check` says."""
        self._check()
        with self._reading, _faults_told(self._path):
            rows = [row[0] for row in self._reader.execute("PRAGMA integrity_check")]
        return [] if rows == ["ok"] else rows

    def backup(self, target: Path) -> None:
        """Writes a copy whose fences lie far ahead, so that none is given out by the copy that a host here holds."""
        self._check()
        with self._reading, _faults_told(target):
            copy = sqlite3.connect(target, isolation_level=None)
            try:
                self._reader.backup(copy)
                by = (1 << 40) + secrets.randbelow(1 << 50)
                copy.execute(self._queries["pass_fences"].text, (by,))
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()

    def close(self) -> None:
        """Closes both connections."""
        if self._is_closed or os.getpid() != self._pid:
            return
        self._is_closed = True
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _check(self) -> None:
        if self._is_closed:
            raise StorageClosed(f"{self._path}: the storage is closed")
        if os.getpid() != self._pid:
            raise StorageClosed(
                f"{self._path}: opened by another process, from which this one was forked; open it here"
            )

    def _opened(self) -> sqlite3.Connection:
        with _faults_told(self._path):
            return _patiently(lambda: self._connect(self._path))

    def _bring_up(self) -> None:
        with _faults_told(self._path):
            ((application,),) = self._writer.execute("PRAGMA application_id")
            ((tables,),) = self._writer.execute("SELECT count(*) FROM sqlite_master")
        if application != APPLICATION and tables:
            raise StorageError(f"{self._path}: a database of another program: name another file")
        with self.writing() as run:
            self._writer.execute(f"PRAGMA application_id = {APPLICATION}")
            bring_up(
                run,
                lambda text: self._writer.execute(text),
                self._migrations,
                prefix=self._prefix,
                has_info=self._has_info(),
                where=str(self._path),
            )

    def _has_info(self) -> bool:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self._writer.execute(query, (f"{self._prefix}info",)).fetchone() is not None

    def _begin(self) -> None:
        _patiently(lambda: self._writer.execute("BEGIN IMMEDIATE"))

    def _commit(self) -> None:
        try:
            _patiently(lambda: self._writer.execute("COMMIT"))
        except sqlite3.Error as error:
            if _code(error) in _NO_FILE:
                raise
            raise Ambiguous(f"{self._path}: the commit may have been done: {error}") from error

    def _run(self, connection: sqlite3.Connection) -> Run:
        queries, now, cursor = self._queries, self._now, connection.cursor()

        def run(name: str, /, rows: Rows | None = None, **values: Any) -> list[tuple[Any, ...]]:
            query = queries[name]
            if rows is not None:
                moment = now()
                for row in rows:
                    row["now"] = moment
                cursor.executemany(query.text, map(query.pick, rows))
                return []
            if "now" in query.parameters:
                values["now"] = now()
            return cursor.execute(query.text, query.pick(values)).fetchall()

        return run


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _patiently(attempt: Callable[[], T]) -> T:
    """Returns what `attempt` does, trying again for a while where another process has the file."""
    deadline, pause_s = time.monotonic() + PATIENCE_S, SHORTEST_PAUSE_S
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(SHORTEST_PAUSE_S, pause_s))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


@contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    """Raises SQLite's errors as ours."""
    try:
        yield
    except sqlite3.ProgrammingError as error:
        raise StorageClosed(f"{path}: the storage is closed") from error
    except sqlite3.Error as error:
        if _code(error) in _BROKEN:
            raise Damaged(f"{path}: {error}") from error
        if isinstance(error, sqlite3.OperationalError):
            raise Unavailable(f"{path}: {error}") from error
        raise StorageError(f"{path}: {error}") from error
