"""The committer: saves of many sessions, durable with one commit; tried again for as long as the database is away."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

import structlog

from luahost.errors import Ambiguous, LuaHostError, StorageError, Unavailable
from luahost.storage.port import Outcome, Storage, Write

__all__ = ["Committer"]

Done = Callable[[Outcome | LuaHostError], None]

MOST_WRITES, MOST_BYTES = 500, 32 * 1024 * 1024
"""What one transaction takes at most."""

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 2.0


class Committer:
    """Runs one thread that commits what is waiting, all together; whoever comes meanwhile is in the next commit.

    `on_trouble` is told of the error when the database goes away, and of None when it is back.
    """

    def __init__(self, storage: Storage, on_trouble: Callable[[LuaHostError | None], None]) -> None:
        self._storage = storage
        self._on_trouble = on_trouble
        self._condition = threading.Condition()
        self._waiting: deque[tuple[Write, Done]] = deque()
        self._is_busy = self._is_over = False
        self._ends_s: float | None = None
        self._log = structlog.get_logger("luahost")
        self._thread = threading.Thread(target=self._run, name="luahost-committer", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, write: Write, done: Done) -> None:
        """Commits `write` soon, and calls `done` with the outcome, or with the error that can't be helped by
        waiting. What comes after the end is tried once, here and now.
        """
        with self._condition:
            if not self._is_over:
                self._waiting.append((write, done))
                self._condition.notify_all()
                return
        self._commit_late(write, done)

    def drain(self, timeout_s: float) -> bool:
        """Waits until nothing is waiting any more; returns whether that is so."""
        deadline = time.monotonic() + timeout_s
        with self._condition:
            while self._waiting or self._is_busy:
                if not self._condition.wait(max(0.0, deadline - time.monotonic())):
                    return not (self._waiting or self._is_busy)
        return True

    def close(self, timeout_s: float) -> None:
        """Ends the thread; what can't be committed within the time is given back with the error."""
        with self._condition:
            self._ends_s = time.monotonic() + timeout_s
            self._condition.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s + 1.0)

    def _run(self) -> None:
        while batch := self._take():
            try:
                self._commit(batch)
            except Exception as error:
                self._log.exception("commit_failed")
                for _, done in batch:
                    self._call(done, StorageError(str(error)))
            with self._condition:
                self._is_busy = False
                self._condition.notify_all()

    def _commit_late(self, write: Write, done: Done) -> None:
        try:
            (outcome,) = self._storage.commit([write])
        except LuaHostError as error:
            self._call(done, error)
        else:
            self._call(done, outcome)

    def _take(self) -> list[tuple[Write, Done]]:
        with self._condition:
            while not self._waiting and self._ends_s is None:
                self._condition.wait()
            batch: list[tuple[Write, Done]] = []
            size_bytes = 0
            while self._waiting and len(batch) < MOST_WRITES and size_bytes < MOST_BYTES:
                batch.append(self._waiting.popleft())
                size_bytes += len(batch[-1][0].body or b"")
            self._is_busy = bool(batch)
            self._is_over = not batch
            return batch

    def _commit(self, batch: list[tuple[Write, Done]]) -> None:
        try:
            outcomes = self._patiently([write for write, _ in batch])
        except (Unavailable, Ambiguous) as error:
            self._give_back(batch, error)
            return
        except LuaHostError as error:
            if len(batch) == 1:
                self._give_back(batch, error)
                return
            # One of them is at fault; the others are not to suffer for it.
            for one in batch:
                self._commit([one])
            return
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            self._call(done, outcome)

    def _give_back(self, batch: list[tuple[Write, Done]], error: LuaHostError) -> None:
        for _, done in batch:
            self._call(done, error)

    def _patiently(self, writes: list[Write]) -> list[Outcome]:
        """Returns the outcomes. The same writes are sent again, which does them once however often they arrive."""
        pause_s, was_away = SHORTEST_PAUSE_S, False
        while True:
            try:
                outcomes = self._storage.commit(writes)
                if was_away:
                    self._on_trouble(None)
                return outcomes
            except (Unavailable, Ambiguous) as error:
                if not was_away:
                    self._on_trouble(error)
                was_away = True
                if not self._pause(random.uniform(pause_s / 2, pause_s)):
                    raise
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _pause(self, pause_s: float) -> bool:
        """Waits; returns False when there is no time left."""
        until = time.monotonic() + pause_s
        with self._condition:
            while (left_s := until - time.monotonic()) > 0:
                if self._ends_s is not None and time.monotonic() >= self._ends_s:
                    return False
                self._condition.wait(min(left_s, 0.1))
        return True

    def _call(self, done: Done, outcome: Outcome | LuaHostError) -> None:
        try:
            done(outcome)
        except Exception:
            self._log.exception("callback_failed", event_name="commit")
