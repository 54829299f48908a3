"""The schedule: when to wake which session for its timers, and what else the host does at a time of its own."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Hashable

from luahost.clock import Clock
from luahost.turning.pool import Pool

RELIEF_S = 0.02
"""How long work may wait for a pool thread before another one is added."""


class Schedule:
    """Runs one thread that calls back at times of the clock. A new time for a name replaces its former one."""

    def __init__(self, clock: Clock, pool: Pool) -> None:
        self._clock = clock
        self._pool = pool
        self._condition = threading.Condition()
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._numbers = itertools.count()
        self._relieved_s = 0.0
        self._is_closed = False
        pool.on_pressed = self._nudge
        self._thread = threading.Thread(target=self._run, name="luahost-schedule", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def at(self, name: Hashable, due_s: float | None, call: Callable[[], None]) -> None:
        """Calls `call` when the clock says `due_s`; None forgets the name."""
        with self._condition:
            if due_s is None:
                self._due.pop(name, None)
                return
            self._due[name] = (due_s, call)
            heapq.heappush(self._heap, (due_s, next(self._numbers), name))
            self._condition.notify()

    def has(self, name: Hashable) -> bool:
        """Returns whether there is a time for this name."""
        return name in self._due

    def next_s(self) -> float | None:
        """Returns when the next call is due, None if none is; for a schedule that was not started."""
        with self._condition:
            while self._heap and self._due.get(self._heap[0][2], (None,))[0] != self._heap[0][0]:
                heapq.heappop(self._heap)
            return self._heap[0][0] if self._heap else None

    def fire(self) -> None:
        """Calls what is due; for a schedule that was not started, which somebody drives by hand."""
        with self._condition:
            calls = self._calls()
        for call in calls:
            call()

    def close(self) -> None:
        """Ends the thread; nothing is called any more."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _nudge(self) -> None:
        with self._condition:
            self._condition.notify()

    def _run(self) -> None:
        while not self._is_closed:
            for call in self._take_due():
                call()
            self._relieve()

    def _relieve(self) -> None:
        if not self._pool.is_pressed:
            return
        now = self._clock.now()
        if now - self._relieved_s >= RELIEF_S:
            self._relieved_s = now
            self._pool.relieve()

    def _take_due(self) -> list[Callable[[], None]]:
        with self._condition:
            pause_s = self._pause_s()
            if not self._is_closed and pause_s != 0.0:
                self._clock.wait(self._condition, pause_s)
            return [] if self._is_closed else self._calls()

    def _pause_s(self) -> float | None:
        pause_s = max(0.0, self._heap[0][0] - self._clock.now()) if self._heap else None
        if self._pool.is_pressed:
            return RELIEF_S if pause_s is None else min(RELIEF_S, pause_s)
        return pause_s

    def _calls(self) -> list[Callable[[], None]]:
        now, calls = self._clock.now(), []
        while self._heap and self._heap[0][0] <= now:
            due_s, _, name = heapq.heappop(self._heap)
            if name in self._due and self._due[name][0] == due_s:
                calls.append(self._due.pop(name)[1])
        return calls
