"""Turns: one thread at a time in a session, and what is to happen between two turns."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import get_ident
from typing import Protocol

from luahost.errors import SessionBusy, SessionClosed
from luahost.turning.pool import Pool

Work = Callable[[], object]


class Endable(Protocol):
    """What runs in a turn, and can be ended from another thread."""

    is_tripped: bool

    def trip(self, reason: str) -> None:
        """Ends what runs, and whatever would run before `calm`; once more, if it runs still."""

    def calm(self) -> None:
        """Lets it run again."""

    def sample(self) -> None:
        """Asks for the functions that it is in, if it is profiled."""


class Measures(Protocol):
    """What times outermost turns; see `turning.meter`."""

    def begin(self) -> None:
        """Notes that a turn has begun."""

    def end(self) -> None:
        """Notes that it ends."""


class Waits:
    """Who waits for whose turn: finds a circle of sessions before it becomes a standstill.

    `ending` is held by whoever ends a turn, and by a turn that is being ended when it leaves.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.ending = threading.Lock()
        self._waiting: dict[int, Turns] = {}

    def begin(self, turns: Turns) -> None:
        """Notes that this thread waits for `turns`; raises SessionBusy if that could never end."""
        me = get_ident()
        with self._lock:
            at: Turns | None = turns
            while at is not None:
                if at.owner == me:
                    raise SessionBusy("sessions wait for each other's turns in a circle")
                at = self._waiting.get(at.owner)
            self._waiting[me] = turns

    def end(self) -> None:
        """Notes that this thread waits no longer."""
        with self._lock:
            self._waiting.pop(get_ident(), None)


class Turns:
    """Lets one thread at a time into a session; that thread may enter again, nested.

    Invariant: work put `between` turns or posted is done by the thread that holds the session when its outermost turn
    ends, or by the pool if nobody holds it; nothing is left lying.
    """

    __slots__ = (
        "_acquire",
        "_between",
        "_pool",
        "_posted",
        "_release",
        "_wait_s",
        "_waits",
        "depth",
        "guest",
        "is_closed",
        "is_ending",
        "limit_s",
        "meter",
        "number",
        "owner",
    )

    def __init__(self, pool: Pool, waits: Waits, wait_s: float, limit_s: float = 0.0) -> None:
        lock = threading.RLock()
        self._acquire, self._release = lock.acquire, lock.release
        self._pool = pool
        self._waits = waits
        self._wait_s = wait_s
        # Lists: few wait at a time, and an empty deque takes 600 bytes.
        self._between: list[Work] = []
        self._posted: list[Work] = []
        self.depth = 0
        self.number = 0
        self.owner = 0
        self.limit_s = limit_s
        self.guest: Endable | None = None
        self.meter: Measures | None = None
        self.is_ending = False
        self.is_closed = False

    def enter(self, timeout_s: float | None = None) -> None:
        """Begins a turn, or a nested one. Waits at most `timeout_s`, `wait_s` if that is None (0: no limit).

        Raises SessionBusy if the session isn't free by then, SessionClosed if it has been closed.
        """
        if not self._acquire(False):
            self._wait(self._wait_s or -1.0 if timeout_s is None else timeout_s)
        if self.is_closed:
            self._release()
            raise SessionClosed("the session is closed")
        self.depth += 1
        self.owner = get_ident()

    def leave(self) -> None:
        """Ends the turn; the outermost one does what waits for the time between turns."""
        depth = self.depth - 1
        if depth == 0 and self._between:
            self._end()
            return
        self.depth = depth
        if depth == 0:
            self.owner = 0
            self.number += 1
            if self.is_ending:
                self._calm()
        self._release()
        # Put here by others meanwhile: they could not get in and left it to us.
        if self._between or self._posted:
            self._hand_over()

    def end(self, number: int | None, reason: str) -> bool:
        """Ends the turn with this number (None: the present one) if it still runs; answers whether it did.

        A turn that leaves counts down first and looks at `is_ending` then, so that a late end never hits the next one.
        """
        with self._waits.ending:
            self.is_ending = True
            runs = self.depth > 0 and number in (None, self.number) and self.guest is not None
            if runs and self.guest is not None:
                self.guest.trip(reason)
            return runs

    def close(self) -> None:
        """Refuses further turns; called within one, at whose end all that was posted is done, to find it closed."""
        self.is_closed = True
        self._between.extend(self._posted)
        self._posted.clear()

    def is_mine(self) -> bool:
        """Returns whether this thread is in a turn of the session."""
        return self.depth > 0 and self.owner == get_ident()

    def between(self, work: Work) -> None:
        """Does `work` before the next turn: now if the session is free, else at the end of the present turn."""
        self._between.append(work)
        self._hand_over()

    def do(self, work: Work) -> None:
        """Does `work` in a turn: behind the present one if that is ours or lasts too long; never if closed."""
        if self.is_mine():
            self.between(work)
            return
        try:
            self.enter()
        except SessionBusy:
            self.between(work)
        except SessionClosed:
            return
        else:
            try:
                work()
            finally:
                self.leave()

    def interrupt(self, error: BaseException) -> None:
        """Raises `error` at the end of the present turn, in its thread."""
        self.between(lambda: _raise(error))

    def post(self, work: Work) -> None:
        """Does `work` on the pool, behind what was posted before."""
        self._posted.append(work)
        self._hand_over()

    def _calm(self) -> None:
        with self._waits.ending:
            self.is_ending = False
            if self.guest is not None and self.guest.is_tripped:
                self.guest.calm()

    def _wait(self, timeout_s: float) -> None:
        self._waits.begin(self)
        try:
            if not self._acquire(timeout=timeout_s):
                raise SessionBusy(f"the session's turn has not ended within {timeout_s:g} s")
        finally:
            self._waits.end()

    def _end(self) -> None:
        try:
            self.depth = 0
            self.number += 1
            if self.is_ending:
                self._calm()
            while self._between:
                self._between.pop(0)()
        finally:
            self.owner = 0
            self._release()
        # Put here by others between the last look and the release: they could not get in and left it to us.
        if self._between or self._posted:
            self._hand_over()

    def _hand_over(self) -> None:
        if not self._pool.submit(self._drain):
            self._drain()

    def _drain(self) -> None:
        if not self._acquire(False):
            return
        self.owner = get_ident()
        if not self._between and self._posted:
            self._between.append(self._posted.pop(0))
        self._end()


def _raise(error: BaseException) -> None:
    raise error
