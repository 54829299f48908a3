"""Memory: a storage that ends with its process. The fake of tests, and what `memory:` names."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from luahost.errors import Damaged, NewerData, StorageClosed, StorageError
from luahost.storage.body import check_body
from luahost.storage.memory_record import MemoryRecord
from luahost.storage.meta import EMPTY_META, merge_meta
from luahost.storage.owners import is_dead
from luahost.storage.port import (
    Acquired,
    Busy,
    Capabilities,
    Conflict,
    Done,
    Head,
    Hold,
    Lease,
    Lost,
    Outcome,
    Owner,
    Policy,
    Record,
    Version,
    Write,
)
from luahost.storage.sql_storage import VERSION_EVERY_S

__all__ = ["MemoryStorage"]

Place = tuple[str, str]


@dataclass(slots=True)
class _Held:
    """A lease with its owner."""

    lease: Lease
    owner: Owner
    until: float
    is_wanted: bool = False


class MemoryStorage:
    """Obeys `Storage`. Everything happens under one lock; what goes in and comes out are values."""

    capabilities = Capabilities(durable=False, shared=False, backup=False)

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        version_every_s: float = VERSION_EVERY_S,
        is_dead: Callable[[str], bool] = is_dead,
    ) -> None:
        self._now = now
        self._version_every_s = version_every_s
        self._is_dead = is_dead
        self._lock = threading.Lock()
        self._kept: dict[Place, MemoryRecord] = {}
        self._held: dict[Place, _Held] = {}
        self._fence = 0
        self._is_closed = False

    def acquire(self, store: str, key: str, owner: Owner, ttl_s: float, policy: Policy = "fail") -> Acquired | Busy:
        """Takes a lease; answers the record with it."""
        with self._lock:
            self._check()
            busy = self._busy((store, key), owner)
            if busy is not None and policy != "steal":
                self._held[store, key].is_wanted |= policy == "ask"
                return busy
            self._fence += 1
            lease = Lease(store, key, self._fence)
            self._held[store, key] = _Held(lease, owner, self._now() + ttl_s)
            return Acquired(lease, self._copied((store, key)))

    def renew(self, owner: Owner, leases: Sequence[Lease], ttl_s: float) -> dict[Place, Hold]:
        """Prolongs all leases of the owner."""
        with self._lock:
            self._check()
            until = self._now() + ttl_s
            for held in self._held.values():
                if held.owner.name == owner.name:
                    held.until = until
            return {(lease.store, lease.key): self._hold(lease) for lease in leases}

    def commit(self, writes: Sequence[Write], *, atomic: bool = False) -> list[Outcome]:
        """Does the writes."""
        with self._lock:
            self._check()
            for write in filter(lambda write: write.meta, writes):
                merge_meta(EMPTY_META, write.meta, f"{write.lease.store}/{write.lease.key}")
            if atomic:
                checked = [self._refused(write) for write in writes]
                if any(isinstance(outcome, Lost) for outcome in checked):
                    return [outcome if isinstance(outcome, Lost) else Conflict() for outcome in checked]
            return [self._refused(write) or self._apply(write) for write in writes]

    def read(self, store: str, key: str) -> Record | None:
        """Returns a record."""
        with self._lock:
            self._check()
            return self._copied((store, key))

    def edit_meta(
        self, store: str, key: str, changes: Mapping[str, object], *, expect: int | None = None
    ) -> int | Literal[False]:
        """Merges fields into a record's meta."""
        with self._lock:
            self._check()
            kept = self._kept.get((store, key))
            if kept is None or (expect is not None and kept.head.meta_rev != expect):
                return False
            return kept.merge_meta(changes)

    def append_log(self, store: str, key: str, lines: Sequence[str]) -> bool:
        """Appends lines to a record's log."""
        with self._lock:
            self._check()
            kept = self._kept.get((store, key))
            if kept is not None:
                kept.log.extend(lines)
            return kept is not None

    def delete(self, store: str, key: str, *, force: bool = False) -> bool | Busy:
        """Deletes a record."""
        with self._lock:
            self._check()
            busy = self._busy((store, key), None)
            if busy is not None and not force:
                return busy
            self._held.pop((store, key), None)
            return self._kept.pop((store, key), None) is not None

    def scan(self, store: str, *, limit: int = 0, before: float | None = None) -> Iterable[Head]:
        """Returns the heads, the last accessed first."""
        with self._lock:
            self._check()
            heads = [kept.copy().head for place, kept in self._kept.items() if place[0] == store]
        heads = [head for head in heads if before is None or head.accessed < before]
        heads.sort(key=lambda head: (-head.accessed, head.key))
        return heads[: limit or None]

    def holder(self, store: str, key: str) -> Busy | None:
        """Returns who holds the lease."""
        with self._lock:
            self._check()
            return self._busy((store, key), None)

    def versions(self, store: str, key: str) -> list[Version]:
        """Returns the older bodies."""
        with self._lock:
            self._check()
            return [version for version, _ in self._older((store, key))]

    def read_version(self, store: str, key: str, rev: int) -> bytes | None:
        """Returns the body of a revision."""
        with self._lock:
            self._check()
            return next((body for version, body in self._older((store, key)) if version.rev == rev), None)

    def read_log(self, store: str, key: str) -> list[str]:
        """Returns the log's lines."""
        with self._lock:
            self._check()
            kept = self._kept.get((store, key))
            return list(kept.log) if kept is not None else []

    def integrity(self) -> list[str]:
        """Returns every body whose checksum is wrong."""
        with self._lock:
            self._check()
            found = {place: _fault(kept.body) for place, kept in self._kept.items()}
        return [f"{store}/{key}: {fault}" for (store, key), fault in sorted(found.items()) if fault]

    def backup(self, target: Path) -> None:
        """Raises: there is nothing to copy."""
        raise StorageError("memory: a storage in memory has no copies: use sqlite:PATH")

    def close(self) -> None:
        """Refuses further calls. What is kept stays for whoever opens it again (`reopen`)."""
        self._is_closed = True

    def reopen(self) -> None:
        """Allows calls again: a restart, for tests."""
        self._is_closed = False

    def _check(self) -> None:
        if self._is_closed:
            raise StorageClosed("memory: the storage is closed")

    def _copied(self, place: Place) -> Record | None:
        kept = self._kept.get(place)
        return kept.copy() if kept is not None else None

    def _older(self, place: Place) -> list[tuple[Version, bytes]]:
        kept = self._kept.get(place)
        return kept.versions[::-1] if kept is not None else []

    def _busy(self, place: Place, owner: Owner | None) -> Busy | None:
        held = self._held.get(place)
        if held is None or held.until <= self._now() or self._is_dead(held.owner.proof):
            return None
        return None if owner is not None and held.owner.name == owner.name else Busy(held.owner.name, held.until)

    def _hold(self, lease: Lease) -> Hold:
        held = self._held.get((lease.store, lease.key))
        if held is None or held.lease.fence != lease.fence:
            return "lost"
        return "wanted" if held.is_wanted else "held"

    def _refused(self, write: Write) -> Outcome | None:
        """Returns the outcome of a write that was done already, or that its fence refuses."""
        place = (write.lease.store, write.lease.key)
        kept, held = self._kept.get(place), self._held.get(place)
        if kept is not None and kept.head.commit_id == write.commit_id:
            return Done(kept.head.rev)
        if held is not None and held.lease.fence == write.lease.fence:
            return None
        if write.delete and kept is None and held is None:
            return Done(0)
        return Lost(held.owner.name if held is not None else "")

    def _apply(self, write: Write) -> Outcome:
        place, now = (write.lease.store, write.lease.key), self._now()
        kept = self._kept.get(place)
        if kept is None and write.body is not None and not write.delete:
            kept = self._kept[place] = MemoryRecord(*place, now)
        if write.delete:
            self._kept.pop(place, None)
        elif kept is not None:
            kept.write(write, now, version_every_s=self._version_every_s)
        if write.release:
            del self._held[place]
        return Done(kept.head.rev if kept is not None else 0)


def _fault(body: bytes) -> str:
    try:
        check_body(body)
    except (Damaged, NewerData) as error:
        return str(error)
    return ""
