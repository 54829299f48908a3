"""The watcher that needs nothing of the system: it looks at the files every `poll_s` seconds.

For network folders, containers' mounts, and systems whose limits are met. A file so young that it may be
written again without a change of its times is told of again at the next look; whether it has changed is for
its content to say.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator

from luahost.clock import Clock, SystemClock
from luahost.reload.folder_events import FolderEvent, Kind, OnEvents
from luahost.reload.tree_watcher import TreeWatcher

__all__ = ["PollingEvents", "PollingWatcher"]

_YOUNG_NS = 50_000_000
_CLOSING_S = 0.8

Signature = tuple[int, ...]


class PollingWatcher(TreeWatcher):
    """Watches by looking every `poll_s` seconds."""

    def __init__(self, poll_s: float, clock: Clock | None = None) -> None:
        super().__init__(PollingEvents(poll_s, clock or SystemClock()))


class PollingEvents:
    """Folder events by comparing what folders hold. `_seen` is what the last look at each folder found."""

    def __init__(self, poll_s: float, clock: Clock, *, wall_ns: Callable[[], int] = time.time_ns) -> None:
        self._poll_s = poll_s
        self._clock = clock
        self._wall_ns = wall_ns
        self._seen: dict[str, dict[str, Signature]] = {}
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def open(self, on_events: OnEvents) -> None:
        """Begins to look."""
        self._thread = threading.Thread(target=self._run, args=[on_events], name="luahost-polling", daemon=True)
        self._thread.start()

    def add(self, folder: str) -> None:
        """Watches one more folder. Raises OSError if it can't be read."""
        seen = self._look(folder)
        with self._condition:
            self._seen[folder] = seen

    def remove(self, folder: str) -> None:
        """Stops watching a folder."""
        with self._condition:
            self._seen.pop(folder, None)

    def close(self) -> None:
        """Stops looking, and waits for the thread unless this is it."""
        with self._condition:
            thread, self._thread = self._thread, None
            self._condition.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_CLOSING_S)

    def _run(self, on_events: OnEvents) -> None:
        while self._wait():
            events = [event for folder in tuple(self._seen) for event in self._differences(folder)]
            if events:
                on_events(events)

    def _wait(self) -> bool:
        """Waits until the next look is due; False if there is none."""
        with self._condition:
            due = self._clock.now() + self._poll_s
            while self._thread is not None and (left := due - self._clock.now()) > 0:
                self._clock.wait(self._condition, left)
            return self._thread is not None

    def _differences(self, folder: str) -> Iterator[FolderEvent]:
        try:
            now = self._look(folder)
        except OSError:
            self.remove(folder)
            yield FolderEvent(Kind.UNWATCHED, folder)
            return
        with self._condition:
            before = self._seen.get(folder, now)
            if folder in self._seen:
                self._seen[folder] = now
        yield from _compare(before, now)

    def _look(self, folder: str) -> dict[str, Signature]:
        young_ns = self._wall_ns() - _YOUNG_NS
        with os.scandir(folder) as entries:
            return {entry.path: found for entry in entries if (found := _signature(entry, young_ns))}


def _signature(entry: os.DirEntry[str], young_ns: int) -> Signature:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return ()
    if stat.S_ISDIR(status.st_mode):
        return (stat.S_IFDIR, status.st_ino)
    is_young = status.st_mtime_ns > young_ns
    return (stat.S_IFMT(status.st_mode), status.st_ino, status.st_mtime_ns, status.st_size, is_young)


def _compare(before: dict[str, Signature], now: dict[str, Signature]) -> Iterator[FolderEvent]:
    for path in before.keys() - now.keys():
        yield FolderEvent(Kind.GONE, path)
    for path, signature in now.items():
        is_known = path in before and before[path][0] == signature[0] == stat.S_IFREG
        if before.get(path) != signature or signature[-1] is True:
            yield FolderEvent(Kind.WRITTEN if is_known else Kind.MOVED_IN, path)
