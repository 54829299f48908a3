"""The tree watcher: a `Watcher` made of folder events and the tree of folders that must be watched."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from luahost.errors import WatchError
from luahost.reload.folder_events import FolderEvent, FolderEvents
from luahost.reload.watched_tree import WatchedTree
from luahost.reload.watcher import Change, OnChange, OnError

__all__ = ["TreeWatcher"]

_ADVICE = "; or watch by looking at the files now and then: --poll, or poll_s = 1 in luahost.toml"


class TreeWatcher:
    """Watches folders, and where their links lead. May be called from any thread.

    The tree is touched under the lock only; callbacks are called outside it, from the thread of the events.
    """

    def __init__(self, events: FolderEvents) -> None:
        self._events = events
        self._tree = WatchedTree(events)
        self._lock = threading.RLock()
        self._is_open = False
        self._on_change: OnChange = _ignore
        self._on_error: OnError = _ignore
        self._log = structlog.get_logger("luahost")

    def start(self, on_change: OnChange, on_error: OnError | None = None) -> None:
        """Begins to deliver, also for what `watch` asked for before. Raises WatchError."""
        self._on_change = on_change
        self._on_error = on_error or self._on_error
        try:
            self._events.open(self._take)
        except OSError as error:
            raise _explained(error, "file events can't be had") from error
        self._is_open = True
        self._change_roots(lambda: None)

    def watch(self, folder: Path | str, *, recursive: bool) -> None:
        """Watches a folder, which need not exist yet; see `Watcher`."""
        path = os.path.abspath(folder)
        self._change_roots(lambda: self._tree.add_root(path, recursive=recursive))

    def unwatch(self, folder: Path | str, *, recursive: bool) -> None:
        """Takes back one `watch` of the same kind."""
        path = os.path.abspath(folder)
        self._change_roots(lambda: self._tree.remove_root(path, recursive=recursive))

    def folders(self) -> set[str]:
        """Returns the real paths of the folders whose files are watched."""
        with self._lock:
            return self._tree.folders()

    def close(self) -> None:
        """Stops delivering. Twice is nothing."""
        with self._lock:
            self._is_open = False
        self._events.close()

    def _change_roots(self, change: Callable[[], None]) -> None:
        with self._lock:
            change()
            if not self._is_open:
                return
            self._tree.update()
            error = self._refusal()
        if error is not None:
            raise error

    def _take(self, events: Sequence[FolderEvent]) -> None:
        """Takes events on their own thread; nothing that goes wrong may end it."""
        try:
            self._deliver(*self._understood(events))
        except Exception:
            self._log.exception("watcher_failed", events=len(events))

    def _understood(self, events: Sequence[FolderEvent]) -> tuple[Change, WatchError | None]:
        with self._lock:
            if not self._is_open:
                return Change(()), None
            return self._tree.take(events), self._refusal()

    def _deliver(self, change: Change, error: WatchError | None) -> None:
        if error is not None:
            self._on_error(error)
        if self._is_open and (change.paths or change.moved or change.lost):
            self._on_change(change)

    def _refusal(self) -> WatchError | None:
        """Returns the error for what the system refused since the last call, with its cause."""
        refused = dict(self._tree.refused)
        self._tree.refused.clear()
        if not refused:
            return None
        folder, cause = next(iter(refused.items()))
        more = f" and {len(refused) - 1} more folders" if len(refused) > 1 else ""
        error = _explained(cause, f"{folder}{more} can't be watched")
        error.__cause__ = cause
        return error


def _ignore(_: object) -> None:
    pass


def _explained(error: OSError, what: str) -> WatchError:
    """Returns the error as the user can act on it: which limit was met, and how to raise it."""
    limit = {
        errno.ENOSPC: ("fs.inotify.max_user_watches", 524288),
        errno.EMFILE: ("fs.inotify.max_user_instances", 1024),
    }.get(error.errno or 0)
    if limit is None:
        return WatchError(f"{what}: {error.strerror or error}{_ADVICE}")
    name, value = limit
    return WatchError(f"{what}: the limit {name} is met; raise it: sudo sysctl {name}={value}{_ADVICE}")
