"""Batches: changes gathered until a save, or a checkout of many files, is complete."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from luahost.clock import Clock
from luahost.reload.gathering import Gathering
from luahost.reload.watcher import Change

__all__ = ["Batch", "Batches"]

_CLOSING_S = 0.8


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that belong together, as in `Change`; `began_s` is when the first one came."""

    paths: tuple[str, ...]
    moved: tuple[str, ...]
    lost: bool
    began_s: float


class Batches:
    """Gathers changes and hands them on, one batch at a time, from one thread of its own.

    Only files with one of `suffixes` count, and folders and links. What comes while a batch is being handled
    waits for the next. A callback that raises is logged and stops nothing.
    """

    def __init__(
        self,
        clock: Clock,
        on_batch: Callable[[Batch], None],
        *,
        suffixes: Iterable[str] = (".lua",),
        is_empty: Callable[[str], bool] | None = None,
    ) -> None:
        self._clock = clock
        self._on_batch = on_batch
        self._suffixes = tuple(suffixes)
        self._is_empty = is_empty or _is_empty_file
        self._gathering = Gathering()
        self._moved: dict[str, None] = {}
        self._is_lost = False
        self._is_closed = False
        self._condition = threading.Condition()
        self._log = structlog.get_logger("luahost")
        self._thread = threading.Thread(target=self._run, name="luahost-batches", daemon=True)
        self._thread.start()

    def put(self, change: Change) -> None:
        """Adds a change; the `on_change` of a watcher."""
        paths = [path for path in change.paths if path.endswith(self._suffixes)]
        if not (paths or change.moved or change.lost):
            return
        empty = [path for path in paths if self._is_empty(path)]
        with self._condition:
            now = self._clock.now()
            self._gathering.put(now, paths)
            self._gathering.hold(now, empty)
            self._moved.update(dict.fromkeys(change.moved))
            self._is_lost |= change.lost
            self._condition.notify_all()

    def close(self) -> None:
        """Stops, within a second, and drops what is pending. Twice is nothing."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSING_S)

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            try:
                self._on_batch(batch)
            except Exception:
                self._log.exception("batch_failed", paths=len(batch.paths))

    def _next(self) -> Batch | None:
        """Waits for a batch that is due; None when closed."""
        with self._condition:
            while not self._is_closed:
                due_s, now = self._gathering.due_s(), self._clock.now()
                if due_s is not None and due_s <= now:
                    self._gathering.hold(now, filter(self._is_empty, self._gathering.paths()))
                    if self._gathering.due_s() == due_s:
                        return self._taken(now)
                else:
                    self._clock.wait(self._condition, None if due_s is None else due_s - now)
        return None

    def _taken(self, now: float) -> Batch:
        began_s = self._gathering.began_s or now
        batch = Batch(self._gathering.take(now), tuple(self._moved), self._is_lost, began_s)
        self._moved, self._is_lost = {}, False
        return batch


def _is_empty_file(path: str) -> bool:
    try:
        return os.stat(path).st_size == 0
    except OSError:
        return False
