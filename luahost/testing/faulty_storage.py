"""A storage with faults: it goes away, loses answers and takes its time, as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from luahost.errors import Ambiguous, Unavailable
from luahost.storage.port import (
    Acquired,
    Busy,
    Head,
    Hold,
    Lease,
    Outcome,
    Owner,
    Policy,
    Record,
    Storage,
    Version,
    Write,
)

__all__ = ["FaultyStorage"]

T = TypeVar("T")


class FaultyStorage:
    """Obeys `luahost.storage.port.Storage`, through another one; without faults it does what that does.

    `away`: every call raises Unavailable. `commits_refused`: so many commits to come do. `answers_lost`: of so many
    commits to come the answer is lost though they are done, `leases_lost` the same of leases that are asked for.
    `before_commit` and `before_renew` are called before each of these, in its thread: a test lets something happen
    there.
    """

    def __init__(self, inner: Storage) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self.capabilities = inner.capabilities
        self.away = False
        self.commits_refused = 0
        self.answers_lost = 0
        self.leases_lost = 0
        self.before_commit: Callable[[Sequence[Write]], None] = lambda _writes: None
        self.before_renew: Callable[[], None] = lambda: None
        self.calls: list[str] = []

    def acquire(self, store: str, key: str, owner: Owner, ttl_s: float, policy: Policy = "fail") -> Acquired | Busy:
        """Takes a lease; may lose the answer."""
        answer = self._do("acquire", lambda: self._inner.acquire(store, key, owner, ttl_s, policy))
        if self.leases_lost and isinstance(answer, Acquired):
            self.leases_lost -= 1
            raise Ambiguous("the lease was lost on its way, as the test wants it")
        return answer

    def renew(self, owner: Owner, leases: Sequence[Lease], ttl_s: float) -> dict[tuple[str, str], Hold]:
        """Prolongs leases."""
        self.before_renew()
        return self._do("renew", lambda: self._inner.renew(owner, leases, ttl_s))

    def commit(self, writes: Sequence[Write], *, atomic: bool = False) -> list[Outcome]:
        """Does the writes; may lose the answer."""
        self.before_commit(writes)
        if self.commits_refused:
            self.commits_refused -= 1
            raise Unavailable("the commit was refused, as the test wants it")
        outcomes = self._do("commit", lambda: self._inner.commit(writes, atomic=atomic))
        if self.answers_lost:
            self.answers_lost -= 1
            raise Ambiguous("the answer was lost, as the test wants it")
        return outcomes

    def read(self, store: str, key: str) -> Record | None:
        """Returns a record."""
        return self._do("read", lambda: self._inner.read(store, key))

    def edit_meta(
        self, store: str, key: str, changes: Mapping[str, object], *, expect: int | None = None
    ) -> int | Literal[False]:
        """Merges fields into a record's meta."""
        return self._do("edit_meta", lambda: self._inner.edit_meta(store, key, changes, expect=expect))

    def append_log(self, store: str, key: str, lines: Sequence[str]) -> bool:
        """Appends lines to a log."""
        return self._do("append_log", lambda: self._inner.append_log(store, key, lines))

    def delete(self, store: str, key: str, *, force: bool = False) -> bool | Busy:
        """Deletes a record."""
        return self._do("delete", lambda: self._inner.delete(store, key, force=force))

    def scan(self, store: str, *, limit: int = 0, before: float | None = None) -> Iterable[Head]:
        """Returns heads."""
        return self._do("scan", lambda: self._inner.scan(store, limit=limit, before=before))

    def holder(self, store: str, key: str) -> Busy | None:
        """Returns who holds a lease."""
        return self._do("holder", lambda: self._inner.holder(store, key))

    def versions(self, store: str, key: str) -> list[Version]:
        """Returns the older bodies."""
        return self._do("versions", lambda: self._inner.versions(store, key))

    def read_version(self, store: str, key: str, rev: int) -> bytes | None:
        """Returns an older body."""
        return self._do("read_version", lambda: self._inner.read_version(store, key, rev))

    def read_log(self, store: str, key: str) -> list[str]:
        """Returns the log's lines."""
        return self._do("read_log", lambda: self._inner.read_log(store, key))

    def integrity(self) -> list[str]:
        """Returns what is wrong."""
        return self._do("integrity", self._inner.integrity)

    def backup(self, target: Path) -> None:
        """Writes a copy."""
        self._do("backup", lambda: self._inner.backup(target))

    def close(self) -> None:
        """Closes the storage behind."""
        self._inner.close()

    def _do(self, name: str, call: Callable[[], T]) -> T:
        with self._lock:
            self.calls.append(name)
        if self.away:
            raise Unavailable("the storage is away, as the test wants it")
        return call()
