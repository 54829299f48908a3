"""Watching: from the folders of a site to the keys of what was saved there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from luahost.clock import Clock
from luahost.errors import WatchError
from luahost.loading.site import Site
from luahost.loading.sources import Sources
from luahost.loading.view_definitions import FOLDER as VIEW_DEFINITIONS
from luahost.loading.view_definitions import SUFFIX
from luahost.reload.batches import Batch, Batches
from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.watchdog_watcher import WatchdogWatcher
from luahost.reload.watcher import Watcher

FOLDERS = ("lua", "apps", VIEW_DEFINITIONS)
"""The folders of a site that are watched with all below; they need not exist yet."""


class OnKeys(Protocol):
    """Told of the keys of files that may have changed, when the first event came, and whether names may have moved."""

    def __call__(self, keys: list[str], *, began_s: float | None, relinked: bool) -> object:
        """Handles a batch."""


class Watching:
    """Watches a site and the folders outside it that modules may come from, and hands on the keys of each batch.

    `on_files` is told of all files, `on_keys` of those that somebody asked for, `on_view_definitions` that some of
    these may have changed.
    """

    def __init__(
        self,
        site: Site,
        sources: Sources,
        clock: Clock,
        on_keys: OnKeys,
        on_files: Callable[[tuple[str, ...]], None],
        on_error: Callable[[WatchError], None],
        *,
        roots: tuple[str, ...] = (),
        poll_s: float = 0.0,
        on_view_definitions: Callable[[], object] = lambda: None,
        watcher: Watcher | None = None,
    ) -> None:
        self._site, self._sources, self._clock = site, sources, clock
        self._on_keys, self._on_files, self._on_error = on_keys, on_files, on_error
        self._on_view_definitions = on_view_definitions
        self._roots = roots
        self._watcher: Watcher = watcher or (PollingWatcher(poll_s) if poll_s else WatchdogWatcher())
        self._batches: Batches | None = None
        self._followed: set[str] = set(FOLDERS)

    def start(self) -> None:
        """Begins to watch; raises WatchError, with what could be watched being watched."""
        self._batches = Batches(self._clock, self._handle, suffixes=(".lua", SUFFIX))
        self._watcher.start(self._batches.put, self._on_error)
        for folder in FOLDERS:
            self._watcher.watch(self._site.root / folder, recursive=True)
        self._watcher.watch(self._site.root, recursive=False)
        for root in self._roots:
            self._watcher.watch(root, recursive=True)

    def follow(self, key: str) -> None:
        """Watches the folder of a module that was loaded from elsewhere in the site."""
        folder = key.rpartition("/")[0]
        if folder in self._followed or key.startswith(tuple(f"{name}/" for name in FOLDERS)):
            return
        self._followed.add(folder)
        try:
            self._watcher.watch(self._site.path(key).parent, recursive=False)
        except WatchError as error:
            self._on_error(error)

    def close(self) -> None:
        """Stops watching; what was not handed on yet is dropped."""
        self._watcher.close()
        if self._batches is not None:
            self._batches.close()

    def _handle(self, batch: Batch) -> None:
        keys = {key for path in batch.paths if (key := self._site.key(path)) is not None}
        self._on_files(tuple(sorted(keys)))
        if batch.moved or batch.lost or any(path.endswith(SUFFIX) for path in batch.paths):
            self._on_view_definitions()
        known = set(self._sources.keys())
        if batch.lost or batch.moved:
            keys |= known
        keys &= known
        if keys:
            self._on_keys(sorted(keys), began_s=batch.began_s, relinked=bool(batch.moved or batch.lost))
