"""The keeper: brings saved sessions back, and has those that are alive saved."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from luahost.clock import Clock
from luahost.errors import Ambiguous, Damaged, LuaHostError, RecordBusy, RecordLost, StorageError, Unavailable
from luahost.events import Events
from luahost.records.intake import follows
from luahost.records.kept import Kept, Save, Saved
from luahost.records.lasting import LastingSession
from luahost.records.record import CONFIG, checked_key
from luahost.records.salvage import Salvage
from luahost.records.saving import STORE, TTL_S, Saving, lost_text
from luahost.settings import Settings
from luahost.storage.body import digest_of, unpack_body
from luahost.storage.port import Acquired, Head, Lease, Owner, Storage

__all__ = ["Keeper", "SessionLost"]

MEBI = 1024 * 1024
PAUSE_S = 0.1
"""How long to wait before a lease that another host holds is asked for again."""

APART = 20
"""After a snapshot so many times its own time passes before the next one: saving takes a twentieth of a session's
time.
"""


@dataclass(frozen=True, slots=True)
class SessionLost:
    """A session has got another owner; what it had and was not saved lies in `salvage`, if there was something."""

    session: str
    key: str
    salvage: str


class Keeper:
    """Keeps the records of one host's sessions.

    Invariant: a session that never asked for what was saved, whose loading failed, or that has got another owner, is
    never written. A lease is let go when its session is closed, or could not be loaded.
    """

    def __init__(
        self,
        storage: Storage,
        saving: Saving,
        salvage: Salvage,
        owner: Owner,
        *,
        settings: Settings,
        events: Events,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._saving = saving
        self._salvage = salvage
        self._owner = owner
        self._settings = settings
        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self._new: set[str] = set()
        self._open: dict[str, LastingSession] = {}
        self._kept: dict[str, Kept] = {}
        self._leaving: dict[str, threading.Event] = {}
        self._strays: set[str] = set()
        self._configured: dict[str, dict[str, object] | None] = {}
        self._log = structlog.get_logger("luahost")
        saving.on_lost = self.lose

    def new_key(self) -> str:
        """Returns a key that no session ever had: nothing needs to be read for it."""
        key = secrets.token_hex(16)
        self._new.add(key)
        return key

    def lasting(self) -> Iterable[tuple[LastingSession, Kept]]:
        """Returns the sessions that are saved, with what is known of them."""
        found = [(self._open.get(kept.key), kept) for kept in list(self._kept.values())]
        return [(session, kept) for session, kept in found if session is not None and not kept.is_lost]

    def leases(self) -> dict[Lease, Kept]:
        """Returns the leases of this host."""
        return {kept.lease: kept for kept in list(self._kept.values()) if kept.lease is not None and not kept.is_lost}

    def heads(self, limit: int = 0) -> list[Head]:
        """Returns the heads of the saved sessions, the last used first."""
        return list(self._storage.scan(STORE, limit=limit))

    def config(self, key: str) -> Mapping[str, object] | None:
        """Returns the settings that a session was saved with, None if there is no record of this key."""
        self._wait_for_leaving(key)
        record = self._storage.read(STORE, key)
        if record is None:
            return None
        config = record.head.meta.get(CONFIG, {})
        if not isinstance(config, dict):
            raise Damaged(f"session {key}: its {CONFIG} can't be read: it is no set of settings")
        return config

    def configure(self, key: str, own: Mapping[str, object]) -> None:
        """Has a session saved with these settings of its own, from its next save on."""
        self._configured[key] = dict(own) or None

    def saved(self, key: str) -> bytes:
        """Returns the snapshot that a session is to go on from; empty bytes if there is none.

        Called when the session asks: it is a lasting one from now on. Raises RecordBusy if another host has it.
        """
        self._wait_for_leaving(key)
        kept = self._kept.get(key)
        if kept is None:
            with self._lock:
                self._strays.discard(key)
            kept = Kept(checked_key(key), accessed_s=self._clock.now())
            if key not in self._new:
                self._load(kept)
            if key in self._configured:
                kept.meta = {CONFIG: self._configured.pop(key)}
            self._kept[key] = kept
        return kept.loaded

    def opened(self, session: LastingSession) -> None:
        """Notes that a session has been loaded: it may be saved from now on."""
        self._new.discard(session.key)
        self._open[session.key] = session

    def save(self, session: LastingSession, saved: Saved | None = None) -> None:
        """Saves a session, within its turn or between two: takes the snapshot now, and commits it behind the caller.

        `saved` is called when what is there now is durable. Raises NotStorable and TooLarge.
        """
        waiting = [saved] if saved is not None else []
        kept = self._kept.get(session.key)
        save = self._taken(session, kept) if kept is not None and not kept.is_lost else None
        if kept is not None and save is not None:
            save.waiting = waiting
            self._saving.add(kept, save)
            return
        error = RecordLost(lost_text(session.key)) if kept is not None and kept.is_lost else None
        for one in waiting:
            one(error)

    def try_save(self, session: LastingSession) -> None:
        """Saves a session that nobody waits for; what refuses it is told of."""
        if session.is_closed:
            return
        try:
            self.save(session)
        except LuaHostError as error:
            self.tell(session, error)

    def closing(self, session: LastingSession) -> None:
        """Saves a session that ends, after its last turn, and lets its lease go."""
        self._new.discard(session.key)
        self._configured.pop(session.key, None)
        was_open = self._open.pop(session.key, None) is not None
        kept = self._kept.pop(session.key, None)
        if kept is None:
            return
        save = self._last(session, kept) if was_open and not kept.is_lost else None
        if save is None:
            self._saving.release(kept)
        else:
            left = self._leaving[kept.key] = threading.Event()
            save.releases, save.waiting = True, [lambda _error: self._left(kept.key, left)]
            self._saving.add(kept, save)

    def hand_over(self, kept: Kept) -> None:
        """Saves and closes a session that another host wants, unless somebody sits at it."""
        session = self._open.get(kept.key)
        if session is not None and not session.is_held:
            kept.see(session)
            self._log.info("session_handed_over", **kept.named)
            session.post(session.close)

    def let_go_of_strays(self) -> None:
        """Lets leases go that this host may have got without hearing of it: it would renew them for ever."""
        for key in list(self._strays):
            with self._lock:
                if key in self._strays:
                    answer = self._storage.acquire(STORE, key, self._owner, TTL_S)
                    if isinstance(answer, Acquired):
                        self._saving.release(Kept(key, lease=answer.lease))
                    self._strays.discard(key)

    def lose(self, kept: Kept) -> None:
        """Gives up a session that has got another owner; what it had goes to a salvage file."""
        with self._lock:
            was_lost, kept.is_lost = kept.is_lost, True
        session = self._open.get(kept.key)
        if not was_lost and session is not None:
            session.post(lambda: self._drop(session, kept))

    def tell(self, session: LastingSession, error: LuaHostError) -> None:
        """Tells once of what keeps a session from being saved."""
        kept = self._kept.get(session.key)
        if kept is not None:
            self._saving.report(kept, error)

    def _left(self, key: str, left: threading.Event) -> None:
        self._leaving.pop(key, None)
        left.set()

    def _wait_for_leaving(self, key: str) -> None:
        """A session that was closed here a moment ago comes back with what its last save has, and not with less."""
        left = self._leaving.get(key)
        if left is not None and not left.wait(self._settings.wait_s or None):
            raise Unavailable(f"session {key} was closed, and is not saved yet: the database doesn't answer")

    def _load(self, kept: Kept) -> None:
        acquired = self._acquire(kept.key)
        kept.lease, record = acquired.lease, acquired.record
        if record is not None:
            kept.digest, kept.rev = record.head.digest, record.head.rev
            kept.loaded = self._unpacked(kept, record.body)
        salvaged = self._salvage.of(kept.key)
        if salvaged is not None and follows(record, salvaged):
            kept.loaded, kept.salvaged = salvaged.payload, salvaged.path

    def _unpacked(self, kept: Kept, body: bytes) -> bytes:
        try:
            return unpack_body(body, most_bytes=self._settings.max_record_mb * MEBI)
        except StorageError as error:
            self._saving.release(kept)
            raise type(error)(f"session {kept.key}: {error}; what is stored is left as it is") from error

    def _acquire(self, key: str) -> Acquired:
        """Takes a lease, waiting for its owner to let it go."""
        deadline, is_stray = time.monotonic() + self._settings.wait_s, False
        while True:
            answer = self._asked(key)
            if isinstance(answer, Acquired):
                return answer
            is_stray |= isinstance(answer, Ambiguous)
            if time.monotonic() > deadline or not isinstance(answer, (RecordBusy, Ambiguous)):
                if is_stray:
                    self._strays.add(key)
                raise answer
            time.sleep(PAUSE_S)

    def _asked(self, key: str) -> Acquired | StorageError:
        """Returns a lease, or what keeps it from being had; one whose answer was lost is given to its owner again."""
        try:
            answer = self._storage.acquire(STORE, key, self._owner, TTL_S, "ask")
        except StorageError as error:
            return error
        if isinstance(answer, Acquired):
            return answer
        return RecordBusy(f"session {key} is alive in another host ({answer.owner})")

    def _taken(self, session: LastingSession, kept: Kept) -> Save | None:
        kept.see(session)
        began_s = time.perf_counter()
        try:
            payload = session.snapshot()
        finally:
            turns, took_s = session.turns, time.perf_counter() - began_s
            # Within a turn, its own number comes with its end.
            kept.taken, kept.changed_s, kept.is_due = turns.number + (1 if turns.depth else 0), None, False
            kept.not_before_s = self._clock.now() + APART * took_s
        if payload is None:
            return None
        kept.loaded = b""
        return Save(payload)

    def _last(self, session: LastingSession, kept: Kept) -> Save | None:
        try:
            return self._taken(session, kept)
        except LuaHostError as error:
            self._saving.report(kept, error)
            return None

    def _drop(self, session: LastingSession, kept: Kept) -> None:
        if session.is_closed:
            return
        save = self._last(session, kept)
        is_unsaved = save is not None and digest_of(save.payload) != kept.digest
        salvage = self._saving.write_salvage(kept, save.payload) if save is not None and is_unsaved else ""
        self._log.error("session_lost", **kept.named, salvage=salvage)
        self._events.emit("session_lost", SessionLost(session.id, kept.key, salvage))
        session.close()
