"""The pool: threads that take work for sessions, few of them, more only while they are held up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import structlog

Work = Callable[[], None]

STACK_BYTES = 8 * 1024 * 1024
"""Deep recursion in Lua needs a deep C stack: with 256 KiB every VM crashes."""

MOST_WORKERS = 64


class Pool:
    """Runs work on daemon threads. `workers` is how many suffice while nothing waits; `relieve` adds one."""

    def __init__(self, workers: int = 3) -> None:
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        self._workers = workers
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._done = 0
        self._done_before = 0
        self._is_closed = False
        self._is_pressed = False
        self._log = structlog.get_logger("luahost")
        self.on_pressed: Work = lambda: None

    def submit(self, work: Work) -> bool:
        """Lets a thread run `work`; returns False, and does nothing, after `close`."""
        if self._is_closed:
            return False
        self._queue.put(work)
        if len(self._threads) < self._workers:
            self._add_thread()
        elif not self._is_pressed:
            self._is_pressed = True
            self.on_pressed()
        return True

    def relieve(self) -> None:
        """Adds a thread if work waits and none was finished since this was asked last."""
        if not self._queue.empty() and self._done == self._done_before:
            self._add_thread()
        self._done_before = self._done

    @property
    def is_pressed(self) -> bool:
        """Whether work waits for a thread; `on_pressed` is called when it begins to."""
        self._is_pressed = not self._queue.empty()
        return self._is_pressed

    def close(self, timeout_s: float) -> None:
        """Lets the threads end; waits for them at most `timeout_s` in all."""
        with self._lock:
            self._is_closed = True
            threads = list(self._threads)
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(timeout_s / len(threads))

    def _add_thread(self) -> None:
        with self._lock:
            if self._is_closed or len(self._threads) >= MOST_WORKERS:
                return
            former = threading.stack_size(STACK_BYTES)
            thread = threading.Thread(target=self._run, name=f"luahost-{len(self._threads)}", daemon=True)
            thread.start()
            threading.stack_size(former)
            self._threads.append(thread)

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                work()
            except Exception:
                self._log.exception("pool_work_failed")
            self._done += 1
