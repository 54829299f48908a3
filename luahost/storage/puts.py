"""Puts: the heads and bodies that one commit writes, gathered, so that the database takes all with two statements."""

from __future__ import annotations

from typing import Any

from luahost.storage.door import Run
from luahost.storage.port import Write

__all__ = ["Puts"]


class Puts:
    """Gathers what is put; `flush` writes it. Whoever asks the database for a record that is in here flushes first."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}

    def has(self, write: Write) -> bool:
        """Returns whether something is to be put where `write` goes."""
        return (write.lease.store, write.lease.key) in self._rows

    def add(self, write: Write, rev: int, versioned: float) -> None:
        """Puts the head and the body of a write that has one; `versioned` is when a body was kept last."""
        lease, body = write.lease, write.body or b""
        self._rows[lease.store, lease.key] = {
            "store": lease.store,
            "key": lease.key,
            "rev": rev,
            "commit_id": write.commit_id,
            "fence": lease.fence,
            "accessed": write.accessed,
            "size": len(body),
            "digest": write.digest,
            "versioned": versioned,
            "bytes": body,
        }

    def flush(self) -> None:
        """Writes what was gathered."""
        if self._rows:
            rows = list(self._rows.values())
            self._run("put_head", rows=rows)
            self._run("put_body", rows=rows)
            self._rows = {}
