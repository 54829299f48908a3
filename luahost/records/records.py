"""The records of a host: everything that makes its sessions last, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from luahost.clock import Clock
from luahost.events import Events
from luahost.records.gate import Gate
from luahost.records.intake import take_in
from luahost.records.keeper import Keeper
from luahost.records.key_locks import KeyLocks
from luahost.records.rounds import Rounds
from luahost.records.salvage import Salvage
from luahost.records.saving import Saving
from luahost.settings import Settings
from luahost.storage.owners import new_owner
from luahost.storage.port import Storage
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule

__all__ = ["Records"]

Session = TypeVar("Session")

SALVAGE = Path(".luahost") / "salvage"


class Records:
    """What a host with a storage has beside its sessions. The storage is closed with it if it was opened for it."""

    def __init__(
        self,
        storage: Storage,
        settings: Settings,
        events: Events,
        *,
        clock: Clock,
        schedule: Schedule,
        pool: Pool,
        is_ours: bool,
    ) -> None:
        self._storage = storage
        self._is_ours = is_ours
        self._owner = new_owner()
        self._salvage = Salvage(Path(os.path.realpath(settings.site)) / SALVAGE)
        self._saving = Saving(storage, self._owner, events, pool, self._salvage)
        self.keeper = Keeper(
            storage, self._saving, self._salvage, self._owner, settings=settings, events=events, clock=clock
        )
        self.gate = Gate(self.keeper) if settings.durability == "ack" else None
        self._locks = KeyLocks()
        self.rounds = Rounds(
            self.keeper, self._saving, storage, self._owner, settings, clock=clock, schedule=schedule, pool=pool
        )

    def start(self) -> None:
        """Takes in what a former process could not save, and starts to look after the sessions."""
        take_in(self._storage, self._owner, self._salvage)
        self._saving.start()
        self.rounds.start()

    def revived(
        self,
        key: str,
        alive: Callable[[str], Session | None],
        create: Callable[[str, Mapping[str, object]], Session],
    ) -> Session | None:
        """Returns the session of a saved key, made by `create` of it and its own settings; None if nothing is saved.

        Whoever asks meanwhile gets the same.
        """
        session = alive(key)
        if session is not None and not self.is_reviving(key):
            return session
        with self._locks.held(key):
            session = alive(key)
            config = self.keeper.config(key) if session is None else None
            return session if config is None else create(key, config)

    def is_reviving(self, key: str) -> bool:
        """Returns whether the session of a key is coming back in this moment, and may still fail to."""
        return self._locks.is_held(key)

    def close(self, timeout_s: float) -> None:
        """Waits until what was to be saved is durable, then closes the storage."""
        self._saving.close(timeout_s)
        if self._is_ours:
            self._storage.close()
