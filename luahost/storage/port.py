"""The port: all that luahost asks of a database. One contract suite runs over every adapter.

A record is `(store, key)` with a small head and a body of bytes. Who owns it holds a lease, with a fence: a number that
rises with every change of owner, and goes with every write. The fence decides, time only says when others may take
over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

__all__ = [
    "Acquired",
    "Busy",
    "Capabilities",
    "Conflict",
    "Done",
    "Head",
    "Hold",
    "Lease",
    "Lost",
    "Outcome",
    "Owner",
    "Policy",
    "Record",
    "Storage",
    "Version",
    "Write",
]

Policy = Literal["fail", "ask", "steal"]
"""What happens to a lease that another owner holds: nothing, a request to hand over, or it is taken."""

Hold = Literal["held", "wanted", "lost"]
"""What a renewal finds: the lease is ours, ours and asked for, or no longer ours."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds leases: a host. `proof` is what its machine knows it by, so that its death can be proved there."""

    name: str
    address: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a record without its body. Times are seconds since 1970 of the storage's clock.

    `rev` rises with each body, `meta_rev` with each change of the meta.
    """

    store: str
    key: str
    rev: int
    commit_id: str
    fence: int
    meta: Mapping[str, object]
    meta_rev: int
    size_bytes: int
    digest: bytes
    created: float
    updated: float
    accessed: float


@dataclass(frozen=True, slots=True)
class Record:
    """A head and its body."""

    head: Head
    body: bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """One key that an owner holds, and since which change of owner."""

    store: str
    key: str
    fence: int


@dataclass(frozen=True, slots=True)
class Acquired:
    """The lease is ours; the record as it is now, None if there is none."""

    lease: Lease
    record: Record | None


@dataclass(frozen=True, slots=True)
class Busy:
    """Another owner holds the lease, at least until then."""

    owner: str
    until: float


@dataclass(frozen=True, slots=True)
class Write:
    """What one commit does to one record. The same `commit_id` twice does it once.

    `body` None leaves the body as it is; `meta` has only the fields that changed, None for one that goes; `delete`
    takes the record, `release` the lease.
    """

    lease: Lease
    commit_id: str
    body: bytes | None = None
    digest: bytes = b""
    meta: Mapping[str, object] = field(default_factory=dict)
    log: Sequence[str] = ()
    accessed: float | None = None
    delete: bool = False
    release: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The write is durable; the record has this revision."""

    rev: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The lease has another owner by now; nothing was written."""

    owner: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The write was left out, because another one of the same atomic batch was refused."""


Outcome = Done | Lost | Conflict


@dataclass(frozen=True, slots=True)
class Version:
    """An older body that is kept."""

    rev: int
    saved: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter can: outlive its process, be shared by machines, be copied while in use."""

    durable: bool
    shared: bool
    backup: bool


class Storage(Protocol):
    """A database. Any thread may call it.

    Every method raises Unavailable if nothing happened, Ambiguous if it may have happened (only `commit`, which may
    be sent again as it is), and StorageError for what can't be helped by waiting. An error is never an absence.
    """

    capabilities: Capabilities

    def acquire(self, store: str, key: str, owner: Owner, ttl_s: float, policy: Policy = "fail") -> Acquired | Busy:
        """Takes the lease if it is free, run out, the owner's own, or its holder is proved dead."""

    def renew(self, owner: Owner, leases: Sequence[Lease], ttl_s: float) -> dict[tuple[str, str], Hold]:
        """Prolongs all leases of the owner; answers how each of `leases` is held."""

    def commit(self, writes: Sequence[Write], *, atomic: bool = False) -> list[Outcome]:
        """Does all writes in one transaction, each with an outcome of its own; `atomic`: all or none."""

    def read(self, store: str, key: str) -> Record | None:
        """Returns a record, whoever owns it."""

    def edit_meta(
        self, store: str, key: str, changes: Mapping[str, object], *, expect: int | None = None
    ) -> int | Literal[False]:
        """Merges fields into a record's meta without a lease; returns its new `meta_rev`.

        False if the record isn't there, or its `meta_rev` isn't `expect`.
        """

    def append_log(self, store: str, key: str, lines: Sequence[str]) -> bool:
        """Appends lines to a record's log without a lease; returns whether there is such a record."""

    def delete(self, store: str, key: str, *, force: bool = False) -> bool | Busy:
        """Deletes a record with its log and versions; returns whether there was one.

        `force` takes it from its owner.
        """

    def scan(self, store: str, *, limit: int = 0, before: float | None = None) -> Iterable[Head]:
        """Returns the heads, the last accessed first; `before`: only such as were not accessed since.

        A head whose meta is damaged is listed without it; `read` raises for it.
        """

    def holder(self, store: str, key: str) -> Busy | None:
        """Returns who holds the lease of a key now."""

    def versions(self, store: str, key: str) -> list[Version]:
        """Returns the older bodies that are kept, the newest first."""

    def read_version(self, store: str, key: str, rev: int) -> bytes | None:
        """Returns the body that a revision had, None if it isn't kept."""

    def read_log(self, store: str, key: str) -> list[str]:
        """Returns the lines that were appended, the oldest first."""

    def integrity(self) -> list[str]:
        """Returns what is wrong with the database; nothing if all is well."""

    def backup(self, target: Path) -> None:
        """Writes a copy while the database is in use. A host may go on from it: no fence is given out twice."""

    def close(self) -> None:
        """Lets go of files and connections. Twice is nothing; any other call raises StorageClosed."""
