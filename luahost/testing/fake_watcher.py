"""A watcher that tells what a test says."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from luahost.reload.watcher import Change, OnChange, OnError

__all__ = ["FakeWatcher"]


class FakeWatcher:
    """Obeys `luahost.reload.watcher.Watcher`; delivers what `change` says, in the thread that calls it."""

    def __init__(self) -> None:
        self._watches: Counter[tuple[str, bool]] = Counter()
        self._on_change: OnChange | None = None

    def start(self, on_change: OnChange, on_error: OnError | None = None) -> None:
        """Begins to deliver; there are no errors to tell of."""
        self._on_change = on_change

    def watch(self, folder: Path | str, *, recursive: bool) -> None:
        """Watches a folder."""
        self._watches[os.path.realpath(folder), recursive] += 1

    def unwatch(self, folder: Path | str, *, recursive: bool) -> None:
        """Takes back one `watch` of the same kind."""
        self._watches -= Counter({(os.path.realpath(folder), recursive): 1})

    def folders(self) -> set[str]:
        """Returns the folders that were asked for."""
        return {folder for folder, _ in self._watches}

    def close(self) -> None:
        """Stops delivering."""
        self._on_change = None

    def change(self, *paths: Path | str, moved: Iterable[Path | str] = (), lost: bool = False) -> None:
        """Tells of a change; paths in folders that nobody watches are left out."""
        counted = tuple(path for path in map(os.path.abspath, paths) if self._is_watched(path))
        change = Change(counted, tuple(map(os.path.abspath, moved)), lost)
        if self._on_change is not None and (change.paths or change.moved or change.lost):
            self._on_change(change)

    def _is_watched(self, path: str) -> bool:
        folder = os.path.dirname(path)
        return any(
            folder == watched or (recursive and folder.startswith(watched + os.sep))
            for watched, recursive in self._watches
        )
