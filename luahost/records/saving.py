"""Saving: snapshots on their way to the database, one after the other for each session, those of many in one commit."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from luahost.errors import LuaHostError, RecordLost, StorageError
from luahost.events import Events
from luahost.records.committer import Committer
from luahost.records.kept import Kept, Save
from luahost.records.salvage import Salvage
from luahost.storage.body import digest_of, pack_body
from luahost.storage.port import Busy, Done, Lease, Outcome, Owner, Storage, Write
from luahost.turning.pool import Pool

__all__ = ["STORE", "TTL_S", "Saving", "SessionSaved"]

STORE = "sessions"
TTL_S = 15.0


@dataclass(frozen=True, slots=True)
class SessionSaved:
    """A session's snapshot is durable."""

    key: str
    rev: int
    size_bytes: int


class Saving:
    """Brings saves to the database. What can't be saved by the last save of a session goes to a salvage file.

    `on_lost` is told of a session whose write its fence has refused.
    """

    def __init__(self, storage: Storage, owner: Owner, events: Events, pool: Pool, salvage: Salvage) -> None:
        self._storage = storage
        self._owner = owner
        self._events = events
        self._pool = pool
        self._salvage = salvage
        self._condition = threading.Condition()
        self._under_way = 0
        self._last: dict[str, tuple[Kept, Save]] = {}
        self._log = structlog.get_logger("luahost")
        self._committer = Committer(storage, self._tell_trouble)
        self.on_lost: Callable[[Kept], None] = lambda _kept: None

    def start(self) -> None:
        """Starts the thread that commits."""
        self._committer.start()

    def close(self, timeout_s: float) -> None:
        """Waits until all saves are durable; what is not within the time goes to salvage files."""
        deadline = time.monotonic() + timeout_s
        with self._condition:
            while self._under_way and self._condition.wait(max(0.0, deadline - time.monotonic())):
                pass
        self._committer.close(max(0.0, deadline - time.monotonic()))
        # A database that hangs may still do them: what it has by the next start is not saved twice.
        for kept, save in list(self._last.values()):
            self.write_salvage(kept, save.payload)

    def add(self, kept: Kept, save: Save) -> None:
        """Commits a save behind the caller,
        who is in the session's turn: saves are added in the order of their turns.
        """
        with self._condition:
            if save.releases:
                self._last[kept.key] = kept, save
            if kept.running is not None:
                if kept.next is not None:
                    save.waiting[:0] = kept.next.waiting
                kept.next = save
                return
            kept.running = save
            self._under_way += 1
        if not self._pool.submit(lambda: self._commit(kept, save)):
            self._commit(kept, save)

    def release(self, kept: Kept) -> None:
        """Lets a lease go without a save."""
        if kept.lease is not None and not kept.is_lost:
            self._committer.submit(Write(kept.lease, secrets.token_hex(8), release=True), lambda _outcome: None)

    def touch(self, kept: Kept, accessed: float) -> None:
        """Notes when a session that hasn't changed was used last."""
        if kept.lease is None or kept.running is not None:
            return
        write = Write(kept.lease, secrets.token_hex(8), accessed=accessed)
        self._committer.submit(write, lambda outcome: self._touched(kept, outcome))

    def report(self, kept: Kept, error: LuaHostError) -> None:
        """Tells once of what keeps a session from being saved."""
        if kept.refused == str(error):
            return
        kept.refused = str(error)
        self._log.error("session_not_saved", **kept.named, error=str(error))
        self._events.emit("save_failed", error)

    def write_salvage(self, kept: Kept, payload: bytes) -> str:
        """Writes what can't be saved to a file; returns its path, empty if that failed too."""
        try:
            path = self._salvage.write(kept.key, kept.digest, payload)
        except StorageError as error:
            self._log.error("salvage_failed", **kept.named, error=str(error))
            return ""
        self._log.error("session_salvaged", **kept.named, file=str(path))
        return str(path)

    def _commit(self, kept: Kept, save: Save) -> None:
        digest = digest_of(save.payload)
        if digest == kept.digest and not save.releases and not kept.meta:
            self._finish(kept, save, None)
            return
        try:
            lease = kept.lease or self._claim(kept)
        except LuaHostError as error:
            self._fail(kept, save, error)
            return
        body = pack_body(save.payload) if digest != kept.digest else None
        write = Write(lease, secrets.token_hex(8), body=body, digest=digest, meta=kept.meta, release=save.releases)
        self._committer.submit(write, lambda outcome: self._committed(kept, save, digest, outcome))

    def _claim(self, kept: Kept) -> Lease:
        """Takes the lease of a key that nobody ever had."""
        answer = self._storage.acquire(STORE, kept.key, self._owner, TTL_S)
        if isinstance(answer, Busy) or answer.record is not None:
            raise RecordLost(lost_text(kept.key))
        kept.lease = answer.lease
        return answer.lease

    def _committed(self, kept: Kept, save: Save, digest: bytes, outcome: Outcome | LuaHostError) -> None:
        if isinstance(outcome, Done):
            is_new, kept.digest, kept.rev, kept.meta = digest != kept.digest, digest, outcome.rev, {}
            if is_new:
                self._events.emit("session_saved", SessionSaved(kept.key, outcome.rev, len(save.payload)))
            if kept.salvaged is not None:
                kept.salvaged.unlink(missing_ok=True)
                kept.salvaged = None
            self._finish(kept, save, None)
        elif isinstance(outcome, LuaHostError):
            self._fail(kept, save, outcome)
        else:
            self._finish(kept, save, RecordLost(lost_text(kept.key)))
            self.on_lost(kept)

    def _touched(self, kept: Kept, outcome: Outcome | LuaHostError) -> None:
        if isinstance(outcome, Done):
            kept.rev = max(kept.rev, outcome.rev)

    def _fail(self, kept: Kept, save: Save, error: LuaHostError) -> None:
        """The database can't take a save. A session that goes on keeps its data, and is saved again later."""
        if save.releases:
            self.write_salvage(kept, save.payload)
        self.report(kept, error)
        self._finish(kept, save, error)

    def _finish(self, kept: Kept, save: Save, error: LuaHostError | None) -> None:
        if error is None:
            kept.refused = ""
        else:
            kept.taken = -1
        with self._condition:
            if save.releases:
                self._last.pop(kept.key, None)
            following = kept.running = kept.next
            kept.next = None
            if following is None:
                self._under_way -= 1
                self._condition.notify_all()
        for saved in save.waiting:
            saved(error)
        if following is not None and not self._pool.submit(lambda: self._commit(kept, following)):
            self._commit(kept, following)

    def _tell_trouble(self, error: LuaHostError | None) -> None:
        if error is None:
            self._log.warning("store_recovered")
            self._events.emit("store_recovered", None)
        else:
            self._log.error("store_degraded", error=str(error))
            self._events.emit("store_degraded", error)


def lost_text(key: str) -> str:
    """Returns what is said of a session that another owner has."""
    return f"session {key} has got another owner: it is not saved here any more"
