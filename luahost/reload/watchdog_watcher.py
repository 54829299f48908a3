"""The watcher for everyday use, on watchdog: the only file that imports it.

On Linux the events come straight from watchdog's inotify reader. Its observers pair moves: a file that left a
folder is held for 500 ms, and everything behind it, which is how many editors save; here nothing needs pairs.
They also pass an event through three threads, keep an overflow of the queue to themselves, and are silent
about folders below the first that could not be watched. Elsewhere a plain observer is used, which has none of
these traits.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import sys
import threading

from watchdog import events as happened
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from luahost.reload.folder_events import FolderEvent, FolderEvents, Kind, OnEvents
from luahost.reload.tree_watcher import TreeWatcher

__all__ = ["ObserverEvents", "WatchdogWatcher"]

_CLOSING_S = 0.8


class WatchdogWatcher(TreeWatcher):
    """Watches by the events of the operating system. One is enough for a process: a user has 128."""

    def __init__(self) -> None:
        super().__init__(_system_events())


def _system_events() -> FolderEvents:
    return InotifyEvents() if sys.platform == "linux" else ObserverEvents()


if sys.platform == "linux":
    from watchdog.observers.inotify_c import (
        CallbackId,
        InotifyConstants,
        InotifyEvent,
        InotifyFD,
        Mask,
        WatchDescriptor,
    )

    __all__ += ["InotifyEvents"]

    class InotifyEvents:
        """Folder events by one inotify instance and one thread."""

        def __init__(self) -> None:
            self._reader: _Reader | None = None
            self._folders: dict[str, tuple[WatchDescriptor, _Folder]] = {}

        def open(self, on_events: OnEvents) -> None:
            """Begins to read. Raises OSError (EMFILE) when the user has too many inotify instances."""
            self._reader = _Reader(on_events)
            self._reader.start()

        def add(self, folder: str) -> None:
            """Watches one more folder. Raises OSError (ENOSPC) when the user watches too many."""
            if self._reader is None:
                return
            callback = _Folder(folder, self._reader.found)
            descriptor = self._reader.add_callback(os.fsencode(folder), _MASK, callback, callback.id)
            if descriptor < 0:  # watchdog raises for every error but this one
                self._reader.remove_callbacks([(descriptor, callback.id)])
                raise PermissionError(f"{folder} can't be read")
            self._folders[folder] = descriptor, callback

        def remove(self, folder: str) -> None:
            """Stops watching a folder."""
            descriptor, callback = self._folders.pop(folder, (None, None))
            if self._reader is None or descriptor is None or callback is None:
                return
            with contextlib.suppress(OSError):
                self._reader.remove_callbacks([(descriptor, callback.id)])

        def close(self) -> None:
            """Stops reading, and waits for the thread unless this is it."""
            reader, self._reader = self._reader, None
            if reader is None:
                return
            reader.stop()
            if reader is not threading.current_thread():
                reader.join(_CLOSING_S)

    class _Reader(InotifyFD):
        """Watchdog's reader, which hands on what one read of the queue brought, and tells of an overflow."""

        def __init__(self, on_events: OnEvents) -> None:
            super().__init__()
            self.found: list[FolderEvent] = []
            self._on_events = on_events

        def run(self) -> None:
            while self.should_keep_running():
                for event in self.read_events():
                    self.handle_event(event)
                found = self.found.copy()
                self.found.clear()
                if found and self.should_keep_running():
                    self._on_events(found)

        def handle_event(self, event: InotifyEvent) -> None:
            if event.is_queue_overflow:
                self.found.append(FolderEvent(Kind.LOST, ""))
            else:
                super().handle_event(event)

    class _Folder:
        """Turns the inotify events of one folder into ours. The ids tell apart two paths of one folder."""

        _ids = itertools.count(1)

        def __init__(self, folder: str, found: list[FolderEvent]) -> None:
            self.id = CallbackId(next(self._ids))
            self._folder = folder
            self._found = found

        def on_event(self, event: InotifyEvent) -> None:
            for mask, kind in _KINDS:
                if event.mask & mask:
                    path = os.path.join(self._folder, os.fsdecode(event.name))
                    self._found.append(FolderEvent(kind, path))

        def on_watch_deleted(self, wd: WatchDescriptor) -> None:
            self._found.append(FolderEvent(Kind.UNWATCHED, self._folder))

        def on_queue_overflow(self) -> None:
            """Nothing: the reader tells of it once for all folders."""

    # Not IN_MODIFY, a write that goes on; nor IN_OPEN and IN_CLOSE_NOWRITE, which every reader makes.
    _KINDS = (
        (InotifyConstants.IN_CLOSE_WRITE, Kind.WRITTEN),
        (InotifyConstants.IN_MOVED_TO, Kind.MOVED_IN),
        (InotifyConstants.IN_CREATE, Kind.CREATED),
        (InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM, Kind.GONE),
    )
    _MASK = Mask(sum(mask for mask, _ in _KINDS) | InotifyConstants.IN_ONLYDIR)


class ObserverEvents:
    """Folder events by watchdog's observer. A queue stands between, as observers call under a lock."""

    def __init__(self) -> None:
        self._observer: BaseObserver | None = None
        self._watches: dict[str, ObservedWatch] = {}
        self._queue: queue.SimpleQueue[FolderEvent | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def open(self, on_events: OnEvents) -> None:
        """Begins to deliver. Raises OSError."""
        self._observer = Observer()
        self._observer.start()
        self._thread = threading.Thread(target=self._run, args=[on_events], daemon=True)
        self._thread.start()

    def add(self, folder: str) -> None:
        """Watches one more folder. Raises OSError."""
        if not os.path.isdir(folder):
            raise FileNotFoundError(folder)
        if self._observer is not None:
            handler = _Handler(folder, self._queue)
            self._watches[folder] = self._observer.schedule(handler, folder, recursive=False)

    def remove(self, folder: str) -> None:
        """Stops watching a folder."""
        watch = self._watches.pop(folder, None)
        if watch is not None and self._observer is not None:
            with contextlib.suppress(KeyError, OSError):
                self._observer.unschedule(watch)

    def close(self) -> None:
        """Stops delivering, and waits for the threads unless this is one."""
        observer, self._observer = self._observer, None
        if observer is None or self._thread is None:
            return
        observer.stop()
        self._queue.put(None)
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSING_S / 2)
            observer.join(_CLOSING_S / 2)

    def _run(self, on_events: OnEvents) -> None:
        while (event := self._queue.get()) is not None:
            on_events([event])


class _Handler(happened.FileSystemEventHandler):
    """Turns watchdog's events of one folder into ours."""

    def __init__(self, folder: str, found: queue.SimpleQueue[FolderEvent | None]) -> None:
        self._folder = folder
        self._found = found

    def on_any_event(self, event: happened.FileSystemEvent) -> None:
        path = os.fsdecode(event.src_path)
        if isinstance(event, happened.FileMovedEvent | happened.DirMovedEvent):
            self._put(Kind.GONE, path)
            self._put(Kind.MOVED_IN, os.fsdecode(event.dest_path))
        elif isinstance(event, happened.DirDeletedEvent) and path == self._folder:
            self._found.put(FolderEvent(Kind.UNWATCHED, path))
        elif type(event) in _HAPPENED:
            self._put(_HAPPENED[type(event)], path)

    def _put(self, kind: Kind, path: str) -> None:
        if os.path.dirname(path) == self._folder:
            self._found.put(FolderEvent(kind, path))


# A plain "modified" counts only where there is no "closed".
_HAPPENED: dict[type[happened.FileSystemEvent], Kind] = {
    happened.FileCreatedEvent: Kind.MOVED_IN,
    happened.DirCreatedEvent: Kind.CREATED,
    happened.FileDeletedEvent: Kind.GONE,
    happened.DirDeletedEvent: Kind.GONE,
    (happened.FileClosedEvent if sys.platform == "linux" else happened.FileModifiedEvent): Kind.WRITTEN,
}
