"""Memory: a storage that ends with its process. The fake of tests, and what `memory:` names."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from luahost.errors import Damaged, StorageClosed, StorageError
from luahost.storage.body import check_body
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
from luahost.storage.sql_storage import KEPT_VERSIONS, VERSION_EVERY_S

__all__ = ["MemoryStorage"]

Place = tuple[str, str]


@dataclass(slots=True)
class _Kept:
    """What is kept of one record beside its head and body."""

    record: Record
    versioned: float
    log: list[str] = field(default_factory=list)
    versions: list[tuple[Version, bytes]] = field(default_factory=list)


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
        self._kept: dict[Place, _Kept] = {}
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
            return Acquired(lease, self._record((store, key)))

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
            if atomic:
                checked = [self._refused(write) for write in writes]
                if any(isinstance(outcome, Lost) for outcome in checked):
                    return [outcome if isinstance(outcome, Lost) else Conflict() for outcome in checked]
            return [self._refused(write) or self._apply(write) for write in writes]

    def read(self, store: str, key: str) -> Record | None:
        """Returns a record."""
        with self._lock:
            self._check()
            return self._record((store, key))

    def edit_meta(
        self, store: str, key: str, changes: Mapping[str, object], *, expect: int | None = None
    ) -> int | Literal[False]:
        """Merges fields into a record's meta."""
        with self._lock:
            self._check()
            record = self._record((store, key))
            if record is None or (expect is not None and record.head.meta_rev != expect):
                return False
            return self._merge_meta((store, key), changes)

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
            heads = [kept.record.head for place, kept in self._kept.items() if place[0] == store]
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
            found = {place: _fault(kept.record.body) for place, kept in self._kept.items()}
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

    def _record(self, place: Place) -> Record | None:
        kept = self._kept.get(place)
        return kept.record if kept is not None else None

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
        record, held = self._record(place), self._held.get(place)
        if record is not None and record.head.commit_id == write.commit_id:
            return Done(record.head.rev)
        if held is not None and held.lease.fence == write.lease.fence:
            return None
        if write.delete and record is None and held is None:
            return Done(0)
        return Lost(held.owner.name if held is not None else "")

    def _apply(self, write: Write) -> Outcome:
        place = (write.lease.store, write.lease.key)
        record = self._record(place)
        rev = record.head.rev + 1 if record is not None else 1
        if write.delete:
            self._kept.pop(place, None)
        elif record is not None or write.body is not None:
            self._put(place, write, rev)
        if write.release:
            del self._held[place]
        return Done(rev)

    def _put(self, place: Place, write: Write, rev: int) -> None:
        now, kept = self._now(), self._kept.get(place)
        if kept is None:
            body = write.body or b""
            head = Head(*place, rev, "", 0, {}, 0, len(body), write.digest, now, now, now)
            kept = self._kept[place] = _Kept(Record(head, body), versioned=now)
        elif write.body is not None:
            self._keep_version(kept, now)
        self._set_head(kept, write, rev, now)
        if write.meta:
            self._merge_meta(place, write.meta)
        kept.log.extend(write.log)

    def _set_head(self, kept: _Kept, write: Write, rev: int, now: float) -> None:
        head, body = kept.record.head, kept.record.body
        accessed = write.accessed if write.accessed is not None else head.accessed if write.body is None else now
        head = replace(head, rev=rev, commit_id=write.commit_id, fence=write.lease.fence, accessed=accessed)
        if write.body is not None:
            body = write.body
            head = replace(head, size_bytes=len(body), digest=write.digest, updated=now)
        kept.record = Record(head, body)

    def _keep_version(self, kept: _Kept, now: float) -> None:
        if now - kept.versioned < self._version_every_s:
            return
        head, body = kept.record.head, kept.record.body
        kept.versions.append((Version(head.rev, head.updated, len(body)), body))
        del kept.versions[:-KEPT_VERSIONS]
        kept.versioned = now

    def _merge_meta(self, place: Place, changes: Mapping[str, object]) -> int:
        kept = self._kept[place]
        head = kept.record.head
        merged = {**head.meta, **changes}
        meta = {name: merged[name] for name in sorted(merged) if merged[name] is not None}
        head = replace(head, meta=meta, meta_rev=head.meta_rev + 1)
        kept.record = Record(head, kept.record.body)
        return head.meta_rev


def _fault(body: bytes) -> str:
    try:
        check_body(body)
    except Damaged as error:
        return str(error)
    return ""
