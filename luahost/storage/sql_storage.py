"""Storage in an SQL database: what each verb does, in named queries, whichever database it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from luahost.errors import Damaged, NewerData
from luahost.storage.body import check_body
from luahost.storage.door import Door, Run
from luahost.storage.meta import EMPTY_META, merge_meta, read_meta
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
from luahost.storage.puts import Puts

__all__ = ["SqlStorage"]

KEPT_VERSIONS = 3
VERSION_EVERY_S = 600.0
"""An older body is kept when the newest that is kept is older than this: saves a second apart are no versions."""

EVERY = 2**31 - 1


class SqlStorage:
    """Obeys `Storage` through a door. `is_dead` tells of an owner's proof whether its process is surely gone."""

    def __init__(
        self, door: Door, *, version_every_s: float = VERSION_EVERY_S, is_dead: Callable[[str], bool] = is_dead
    ) -> None:
        self._door = door
        self._version_every_s = version_every_s
        self._is_dead = is_dead
        self.capabilities: Capabilities = door.capabilities

    def acquire(self, store: str, key: str, owner: Owner, ttl_s: float, policy: Policy = "fail") -> Acquired | Busy:
        """Takes a lease; answers the record with it."""
        if policy == "fail":
            with self._door.reading() as run:
                busy = self._busy(run, store, key, owner)
            if busy is not None:
                return busy
        with self._door.writing(is_durable=False) as run:
            return self._acquire(run, store, key, owner, ttl_s, policy)

    def renew(self, owner: Owner, leases: Sequence[Lease], ttl_s: float) -> dict[tuple[str, str], Hold]:
        """Prolongs all leases of the owner with one statement."""
        with self._door.writing(is_durable=False) as run:
            run("renew", owner=owner.name, ttl_s=ttl_s)
            own = {(store, key): (fence, want) for store, key, fence, want in run("own_leases", owner=owner.name)}
        return {(lease.store, lease.key): _hold(lease, own.get((lease.store, lease.key))) for lease in leases}

    def commit(self, writes: Sequence[Write], *, atomic: bool = False) -> list[Outcome]:
        """Does the writes in the order of their keys, so that two commits never wait for each other in a circle."""
        order = sorted(range(len(writes)), key=lambda at: (writes[at].lease.store, writes[at].lease.key))
        outcomes: dict[int, Outcome] = {}
        with self._door.writing() as run:
            checked = {at: _check(run, writes[at]) for at in order} if atomic else {}
            if any(isinstance(state, Lost) for state in checked.values()):
                return [state if isinstance(state, Lost) else Conflict() for _, state in sorted(checked.items())]
            puts = Puts(run)
            for at in order:
                if puts.has(writes[at]):
                    puts.flush()
                state = checked[at] if atomic else _check(run, writes[at])
                outcomes[at] = state if isinstance(state, (Lost, Done)) else self._apply(run, puts, writes[at], state)
            puts.flush()
        return [outcomes[at] for at in range(len(writes))]

    def read(self, store: str, key: str) -> Record | None:
        """Returns a record."""
        with self._door.reading() as run:
            return _read(run, store, key)

    def edit_meta(
        self, store: str, key: str, changes: Mapping[str, object], *, expect: int | None = None
    ) -> int | Literal[False]:
        """Merges fields into a record's meta."""
        with self._door.writing() as run:
            return _merge_meta(run, store, key, changes, expect)

    def append_log(self, store: str, key: str, lines: Sequence[str]) -> bool:
        """Appends lines to a record's log; the record's row is locked, so that two never take one number."""
        with self._door.writing() as run:
            if not run("lock_meta", store=store, key=key):
                return False
            for line in lines:
                run("append_log", store=store, key=key, line=line)
            return True

    def delete(self, store: str, key: str, *, force: bool = False) -> bool | Busy:
        """Deletes a record that nobody owns; with `force`, its owner's next write is refused."""
        with self._door.writing() as run:
            busy = self._busy(run, store, key, None)
            if busy is not None and not force:
                return busy
            run("release", store=store, key=key)
            return _delete(run, store, key)

    def scan(self, store: str, *, limit: int = 0, before: float | None = None) -> Iterable[Head]:
        """Returns the heads, the last accessed first."""
        with self._door.reading() as run:
            rows = run("scan", store=store, before=1e300 if before is None else before, most=limit or EVERY)
        return [_scanned(row) for row in rows]

    def holder(self, store: str, key: str) -> Busy | None:
        """Returns who holds the lease."""
        with self._door.reading() as run:
            return self._busy(run, store, key, None)

    def versions(self, store: str, key: str) -> list[Version]:
        """Returns the older bodies."""
        with self._door.reading() as run:
            return [Version(*row) for row in run("versions", store=store, key=key)]

    def read_version(self, store: str, key: str, rev: int) -> bytes | None:
        """Returns the body of a revision."""
        with self._door.reading() as run:
            rows = run("read_version", store=store, key=key, rev=rev)
        return bytes(rows[0][0]) if rows else None

    def read_log(self, store: str, key: str) -> list[str]:
        """Returns the log's lines."""
        with self._door.reading() as run:
            return [row[0] for row in run("read_log", store=store, key=key)]

    def integrity(self) -> list[str]:
        """Returns what the database finds, and every body whose checksum is wrong."""
        found = self._door.integrity()
        with self._door.reading() as run:
            for store, key, meta, size, body in run("bodies"):
                found += [f"{store}/{key}: {fault}" for fault in _faults(meta, size, body)]
        return found

    def backup(self, target: Path) -> None:
        """Writes a copy."""
        self._door.backup(target)

    def close(self) -> None:
        """Closes the door."""
        self._door.close()

    def _busy(self, run: Run, store: str, key: str, owner: Owner | None) -> Busy | None:
        """Returns who keeps `owner` from having the lease."""
        for _, name, proof, until, is_running in run("lease", store=store, key=key):
            if is_running and not (owner is not None and name == owner.name) and not self._is_dead(proof):
                return Busy(name, until)
        return None

    def _acquire(self, run: Run, store: str, key: str, owner: Owner, ttl_s: float, policy: Policy) -> Acquired | Busy:
        # The counter's row is what contenders wait for: it comes first.
        ((fence,),) = run("next_fence")
        busy = self._busy(run, store, key, owner) if policy != "steal" else None
        if busy is not None:
            if policy == "ask":
                run("want_lease", store=store, key=key)
            return busy
        lease = {"fence": fence, "owner": owner.name, "address": owner.address, "proof": owner.proof, "ttl_s": ttl_s}
        run("put_lease", store=store, key=key, **lease)
        return Acquired(Lease(store, key, fence), _read(run, store, key))

    def _apply(self, run: Run, puts: Puts, write: Write, state: Mapping[str, Any]) -> Outcome:
        rev = state["rev"] + (write.body is not None)
        if write.delete:
            _delete(run, write.lease.store, write.lease.key)
        else:
            self._put(run, puts, write, state, rev)
        if write.release:
            run("release", store=write.lease.store, key=write.lease.key)
        return Done(rev)

    def _put(self, run: Run, puts: Puts, write: Write, state: Mapping[str, Any], rev: int) -> None:
        lease = write.lease
        if write.body is None:
            head = {"rev": rev, "commit_id": write.commit_id, "fence": lease.fence, "accessed": write.accessed}
            run("touch_head", store=lease.store, key=lease.key, **head)
        else:
            puts.add(write, rev, self._keep_version(run, lease, state["now"], state["versioned"]))
        if write.meta or write.log:
            puts.flush()
        if write.meta:
            _merge_meta(run, lease.store, lease.key, write.meta, None)
        for line in write.log:
            run("append_log", store=lease.store, key=lease.key, line=line)

    def _keep_version(self, run: Run, lease: Lease, now: float, versioned: float | None) -> float:
        """Keeps the body that is there, unless one was kept lately; returns when that was done last."""
        if versioned is None:
            return now
        if now - versioned < self._version_every_s:
            return versioned
        run("keep_version", store=lease.store, key=lease.key)
        run("prune_versions", store=lease.store, key=lease.key, kept=KEPT_VERSIONS)
        return now


def _hold(lease: Lease, row: tuple[int, int] | None) -> Hold:
    if row is None or row[0] != lease.fence:
        return "lost"
    return "wanted" if row[1] else "held"


def _check(run: Run, write: Write) -> Lost | Done | dict[str, Any]:
    """Returns what refuses a write, what it has done already, or the record's state."""
    lease = write.lease
    rows = run("lock_record", store=lease.store, key=lease.key, commit_id=write.commit_id)
    if rows:
        fence, rev, is_done, versioned, now = rows[0]
        if is_done:
            return Done(rev)
        if fence == lease.fence:
            return {"rev": rev or 0, "versioned": versioned, "now": now}
        return Lost(run("lease", store=lease.store, key=lease.key)[0][1])
    rows = run("commit_of", store=lease.store, key=lease.key)
    if rows and rows[0][1] == write.commit_id:
        return Done(rows[0][0])
    return Done(0) if write.delete and not rows else Lost("")


def _merge_meta(
    run: Run, store: str, key: str, changes: Mapping[str, object], expect: int | None
) -> int | Literal[False]:
    rows = run("lock_meta", store=store, key=key)
    if not rows or (expect is not None and rows[0][1] != expect):
        return False
    meta_rev = int(rows[0][1]) + 1
    run("put_meta", store=store, key=key, meta=merge_meta(rows[0][0], changes, f"{store}/{key}"), meta_rev=meta_rev)
    return meta_rev


def _delete(run: Run, store: str, key: str) -> bool:
    for query in ("delete_body", "delete_log", "delete_versions"):
        run(query, store=store, key=key)
    return bool(run("delete_head", store=store, key=key))


def _read(run: Run, store: str, key: str) -> Record | None:
    rows = run("read", store=store, key=key)
    if not rows:
        return None
    *head, body = rows[0]
    return Record(_head(tuple(head)), b"" if body is None else bytes(body))


def _head(row: tuple[Any, ...]) -> Head:
    store, key, rev, commit_id, fence, meta, meta_rev, size, digest, *times = row
    fields = read_meta(meta, f"{store}/{key}")
    return Head(store, key, rev, commit_id, fence, fields, meta_rev, size, bytes(digest), *times)


def _scanned(row: tuple[Any, ...]) -> Head:
    """Returns a head for a list, which one that is damaged is not to keep from being shown."""
    try:
        return _head(row)
    except Damaged:
        return _head((*row[:5], EMPTY_META, *row[6:]))


def _faults(meta: str, size_bytes: int, body: bytes | None) -> list[str]:
    if body is None:
        return ["the body is missing"]
    if size_bytes != len(body):
        return [f"the body has {len(body)} bytes, and should have {size_bytes}"]
    try:
        check_body(bytes(body))
        read_meta(meta, "head")
    except (Damaged, NewerData) as error:
        return [str(error)]
    return []
