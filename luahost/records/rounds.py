"""Rounds: what is looked at every so often: who has changed, who is idle, whose lease runs out,
whose record expires.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from luahost.clock import Clock
from luahost.errors import StorageError
from luahost.records.keeper import Keeper
from luahost.records.kept import Kept
from luahost.records.lasting import LastingSession
from luahost.records.saving import STORE, TTL_S, Saving
from luahost.settings import Settings
from luahost.storage.port import Owner, Storage
from luahost.turning.pool import Pool
from luahost.turning.schedule import Schedule

__all__ = ["Rounds"]

LOOKS = 4
LONGEST_LOOK_S = 0.25
"""How often is looked for changes: so many times in the shortest time after which one is saved."""

RENEW_S = 5.0
EXPIRE_S = 60.0
TOUCH_S = 60.0


class Rounds:
    """Looks at all lasting sessions now and then; a turn pays nothing for it but its number."""

    def __init__(
        self,
        keeper: Keeper,
        saving: Saving,
        storage: Storage,
        owner: Owner,
        settings: Settings,
        *,
        clock: Clock,
        schedule: Schedule,
        pool: Pool,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._keeper = keeper
        self._saving = saving
        self._storage = storage
        self._owner = owner
        self._settings = settings
        self._clock = clock
        self._schedule = schedule
        self._pool = pool
        self._wall = wall
        self._look_s = min(settings.autosave_s[0] / LOOKS, LONGEST_LOOK_S) or LONGEST_LOOK_S
        self._is_away = False
        self._log = structlog.get_logger("luahost")

    def start(self) -> None:
        """Begins the rounds."""
        self._again("autosave", self._look_s, self.look)
        self._again("leases", RENEW_S, lambda: self._aside(self.renew))
        if self._settings.expire_after_s:
            self._again("expiry", min(EXPIRE_S, self._settings.expire_after_s), lambda: self._aside(self.expire))

    def look(self) -> None:
        """Has those saved that changed a while ago, and those closed that are idle."""
        now_s = self._clock.now()
        for session, kept in self._keeper.lasting():
            number = session.turns.number
            if number != kept.seen:
                kept.seen, kept.seen_s = number, now_s
            if number != kept.taken:
                self._look_at_changed(session, kept, now_s)
            elif self._is_idle(session, kept, now_s):
                session.post(session.close)
            elif kept.seen_s > kept.accessed_s and now_s - kept.accessed_s >= TOUCH_S:
                kept.accessed_s = now_s
                self._saving.touch(kept, self._wall())

    def renew(self) -> None:
        """Prolongs the leases; hands over those that are wanted, and gives up those that are lost."""
        leases = self._keeper.leases()
        try:
            self._keeper.let_go_of_strays()
            if not leases:
                return
            holds = self._storage.renew(self._owner, list(leases), TTL_S)
        except StorageError as error:
            # What decides is the fence: as long as nobody takes over, what is saved counts.
            self._log.warning("leases_not_renewed", error=str(error))
            return
        for lease, kept in leases.items():
            hold = holds[lease.store, lease.key]
            if hold == "lost" and kept.lease == lease:
                self._keeper.lose(kept)
            elif hold == "wanted":
                self._keeper.hand_over(kept)

    def expire(self) -> None:
        """Deletes the records that nobody has used for long."""
        try:
            for head in self._storage.scan(STORE, before=self._wall() - self._settings.expire_after_s):
                if self._storage.delete(STORE, head.key) is True:
                    self._log.info("session_expired", key=head.key)
        except StorageError as error:
            self._log.warning("records_not_expired", error=str(error))

    def _look_at_changed(self, session: LastingSession, kept: Kept, now_s: float) -> None:
        if kept.changed_s is None:
            kept.changed_s = now_s
        quiet_s, most_s = self._settings.autosave_s
        is_time = now_s - kept.seen_s >= quiet_s or now_s - kept.changed_s >= most_s
        if is_time and now_s >= kept.not_before_s and not kept.is_due and kept.running is None:
            kept.is_due = True
            session.post(lambda: self._keeper.try_save(session))

    def _is_idle(self, session: LastingSession, kept: Kept, now_s: float) -> bool:
        idle_s = self._settings.idle_after_s
        if not idle_s or session.is_held or len(session.connections) or now_s - kept.seen_s < idle_s:
            return False
        return kept.running is None and not self._schedule.has(session.key)

    def _aside(self, work: Callable[[], None]) -> None:
        if not self._pool.submit(work):
            work()

    def _again(self, name: str, every_s: float, work: Callable[[], None]) -> None:
        """Does `work` every so often on the schedule's thread, which is not to wait for anything."""

        def do() -> None:
            work()
            self._schedule.at(("records", name), self._clock.now() + every_s, do)

        self._schedule.at(("records", name), self._clock.now() + every_s, do)
