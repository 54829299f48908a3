"""One record in memory: its head and body, and what is kept beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from luahost.storage.meta import EMPTY_META, merge_meta, read_meta
from luahost.storage.port import Head, Record, Version, Write
from luahost.storage.sql_storage import KEPT_VERSIONS

__all__ = ["MemoryRecord"]


class MemoryRecord:
    """A record that writes change, one after the other. `versions` are its older bodies, the oldest first.

    Invariant: the meta lies here as text, as in any database, so that nobody else has a part of it.
    """

    def __init__(self, store: str, key: str, now: float) -> None:
        self.head = Head(store, key, 0, "", 0, {}, 0, 0, b"", now, now, now)
        self.body = b""
        self.log: list[str] = []
        self.versions: list[tuple[Version, bytes]] = []
        self._meta = EMPTY_META
        self._versioned = now

    def copy(self) -> Record:
        """Returns the record with a meta of its own."""
        return Record(replace(self.head, meta=read_meta(self._meta, self._place)), self.body)

    def write(self, write: Write, now: float, *, version_every_s: float) -> None:
        """Does what a write says, but for its lease; an older body is kept if none was kept lately."""
        if write.body is not None:
            self._keep_version(now, version_every_s)
            self._set_body(write.body, write.digest, now)
        accessed = self.head.accessed if write.accessed is None else write.accessed
        self.head = replace(self.head, commit_id=write.commit_id, fence=write.lease.fence, accessed=accessed)
        if write.meta:
            self.merge_meta(write.meta)
        self.log.extend(write.log)

    def merge_meta(self, changes: Mapping[str, object]) -> int:
        """Merges fields into the meta; returns its new revision."""
        self._meta = merge_meta(self._meta, changes, self._place)
        self.head = replace(self.head, meta_rev=self.head.meta_rev + 1)
        return self.head.meta_rev

    @property
    def _place(self) -> str:
        return f"{self.head.store}/{self.head.key}"

    def _set_body(self, body: bytes, digest: bytes, now: float) -> None:
        self.body = body
        self.head = replace(
            self.head, rev=self.head.rev + 1, size_bytes=len(body), digest=digest, updated=now, accessed=now
        )

    def _keep_version(self, now: float, every_s: float) -> None:
        if not self.head.rev or now - self._versioned < every_s:
            return
        self.versions.append((Version(self.head.rev, self.head.updated, len(self.body)), self.body))
        del self.versions[:-KEPT_VERSIONS]
        self._versioned = now
