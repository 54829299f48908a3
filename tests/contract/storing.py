"""A storage under test, and what the contract's tests do with it again and again."""

from __future__ import annotations

import itertools

from luahost.storage.body import pack_body
from luahost.storage.port import Acquired, Hold, Lease, Outcome, Owner, Policy, Storage, Write

A, B = Owner("a"), Owner("b")

_commits = itertools.count()


class Now:
    """A wall clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


class Stored:
    """A storage, and the name of a store in it that no other test uses."""

    def __init__(self, storage: Storage, store: str) -> None:
        self.storage = storage
        self.store = store

    def acquire(self, key: str, owner: Owner, *, ttl_s: float = 15, policy: Policy = "fail") -> Lease:
        """Returns a lease that is to be had."""
        answer = self.storage.acquire(self.store, key, owner, ttl_s, policy)
        assert isinstance(answer, Acquired), answer
        return answer.lease

    def renew(self, owner: Owner, lease: Lease) -> Hold:
        """Returns how one lease is held."""
        return self.storage.renew(owner, [lease], 15)[lease.store, lease.key]

    def save(self, lease: Lease, payload: bytes, *, commit_id: str = "", **changes: object) -> Outcome:
        """Returns the outcome of one write."""
        write = Write(lease, commit_id or f"commit {next(_commits)}", body=pack_body(payload), **changes)  # type: ignore[arg-type]
        (outcome,) = self.storage.commit([write])
        return outcome

    def release(self, lease: Lease) -> Outcome:
        """Lets a lease go."""
        (outcome,) = self.storage.commit([Write(lease, f"commit {next(_commits)}", release=True)])
        return outcome
