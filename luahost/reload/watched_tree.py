"""The watched tree: from the folders asked for to the folders watched, and what their events mean.

Strategy: all folders reachable from the asked ones, through folders and links, are listed in memory and
watched one by one. An event that makes or takes a folder or a link makes the ways be walked anew, in memory;
only new folders are read from the disk, after their watch is in place, so that no file falls between. Asked
folders and targets of links also have the nearest folder above them guarded, so that they are seen when they
are made again.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence

from luahost.reload.folder_events import FolderEvent, FolderEvents, Kind
from luahost.reload.listing import Link, Listing, follow, is_hidden, list_folder
from luahost.reload.watcher import Change

__all__ = ["WatchedTree"]

_MOST_WALKS = 20

Way = tuple[str, bool]  # a folder, and whether what is below it counts as well


class WatchedTree:
    """Keeps the watched folders equal to those that are reachable or guarded. Not for two threads at a time.

    `refused` has the folders that the system would not watch, with its errors, until it is cleared.
    """

    def __init__(self, events: FolderEvents) -> None:
        self._events = events
        self._roots: Counter[Way] = Counter()
        self._watched: set[str] = set()
        self._listings: dict[str, Listing] = {}
        self._links: dict[str, Link] = {}
        self._guards: dict[str, set[str]] = {}
        self._paths: dict[str, None] = {}
        self._moved: dict[str, None] = {}
        self._new_folders: list[str] = []
        self._reached: dict[str, bool] = {}
        self._has_new_watch = False
        self.refused: dict[str, OSError] = {}

    def add_root(self, folder: str, *, recursive: bool) -> None:
        """Counts one more reason to watch `folder`, an absolute path. Takes effect at the next `update`."""
        self._roots[folder, recursive] += 1

    def remove_root(self, folder: str, *, recursive: bool) -> None:
        """Counts one reason less. Takes effect at the next `update`."""
        self._roots -= Counter({(folder, recursive): 1})

    def folders(self) -> set[str]:
        """Returns the folders whose events count."""
        return set(self._listings)

    def update(self) -> None:
        """Brings the watches in step with the roots, telling of nothing."""
        self._walk()
        self._taken(is_lost=False)

    def take(self, events: Sequence[FolderEvent]) -> Change:
        """Returns what these events mean, after bringing the watches in step with them."""
        is_lost = any(event.kind is Kind.LOST for event in events)
        has_new_ways = [self._start_over() if is_lost else self._take_one(event) for event in events]
        if any(has_new_ways) or not self._explore():
            self._walk()
        self._new_folders.clear()
        return self._taken(is_lost=is_lost)

    def _taken(self, *, is_lost: bool) -> Change:
        change = Change(tuple(self._paths), tuple(self._moved), is_lost)
        self._paths, self._moved = {}, {}
        return change

    def _take_one(self, event: FolderEvent) -> bool:
        """Notes one event, and returns whether the ways have to be walked anew."""
        kind, path = event
        if kind is Kind.UNWATCHED:
            return self._drop(path) or os.path.isdir(path)
        folder = os.path.dirname(path)
        is_guarded = any(_is_below(wanted, path) for wanted in self._guards.get(folder, ()))
        listing = self._listings.get(folder)
        if is_guarded and kind is not Kind.WRITTEN:
            self._drop(path)
        if listing is None or is_hidden(path):
            return is_guarded
        return self._note(kind, path, listing) or is_guarded

    def _note(self, kind: Kind, path: str, listing: Listing) -> bool:
        if kind is Kind.WRITTEN:
            listing.files.add(path)
            self._paths[path] = None
            return False
        was_way = listing.discard(path)
        has_lost_ways = was_way and (self._drop(path) or path in self._links)
        mode = 0 if kind is Kind.GONE else listing.put(path)
        is_way = stat.S_ISDIR(mode) or stat.S_ISLNK(mode)
        if kind is not Kind.CREATED or is_way or _is_hard_link(path, mode):
            self._paths[path] = None
        if was_way or is_way:
            self._moved[path] = None
        if stat.S_ISDIR(mode):
            self._new_folders.append(path)
        return has_lost_ways or stat.S_ISLNK(mode)

    def _drop(self, folder: str) -> bool:
        """Forgets a folder and those below it; their files count as gone. Returns whether ways led out of them."""
        folders = self._below(folder)
        guards = [path for path in self._guards if _is_below(path, folder)]
        has_ways = any(self._listings[path].links for path in folders) or bool(guards)
        for path in folders:
            self._paths.update(dict.fromkeys(sorted(self._listings.pop(path).files)))
            self._moved[path] = None
        for path in (*folders, *guards):
            self._guards.pop(path, None)
            self._unwatch(path)
        return has_ways

    def _below(self, folder: str) -> list[str]:
        listing = self._listings.get(folder)
        if listing is not None and not listing.folders:
            return [folder]  # as each is when a whole tree is deleted, from its leaves
        return [path for path in self._listings if _is_below(path, folder)]

    def _start_over(self) -> bool:
        """Forgets everything after events were lost, so that it is read anew; what was there counts."""
        for folder in tuple(self._listings):
            self._drop(folder)
        for folder in tuple(self._watched):
            self._unwatch(folder)
        return True

    def _explore(self) -> bool:
        """Adds new folders without walking all ways; False if that isn't enough, as links lead out of them."""
        folders = [path for path in self._new_folders if self._reached.get(os.path.dirname(path))]
        while folders:
            folder = folders.pop()
            if self._has_listing(folder):
                self._reached[folder] = True
                folders.extend(self._listings[folder].folders)
                if self._listings[folder].links:
                    return False
        return True

    def _walk(self) -> None:
        """Watches what is reachable from the roots, and no more.

        Goes again after something new was watched: a folder may have been made, or a link re-pointed, after
        it was looked at and before the watch that would have told of it.
        """
        for _ in range(_MOST_WALKS):
            self._has_new_watch = False
            self._walk_once()
            if not self._has_new_watch:
                return

    def _walk_once(self) -> None:
        links, self._links = self._links, {}
        reached = self._reached = {}
        wanted: set[str] = set()
        ways = [way for folder, recursive in self._roots for way in _ways_to(folder, recursive, wanted)]
        while ways:
            folder, recursive = ways.pop()
            is_done = folder in reached and (reached[folder] or not recursive)
            if not is_done and self._has_listing(folder):
                reached[folder] = recursive
                ways.extend(self._ways_from(folder, recursive, wanted))
        self._compare_links(links)
        self._guard(wanted)
        self._trim()

    def _ways_from(self, folder: str, recursive: bool, wanted: set[str]) -> Iterable[Way]:
        listing = self._listings[folder]
        ways = [(path, True) for path in listing.folders] if recursive else []
        for path in listing.links:
            link = self._links[path] = follow(path)
            if recursive or not link.is_folder:
                wanted.add(link.target)
                ways.extend((passed, False) for passed in link.passed)
                ways.extend([(link.target, True)] if link.is_folder else [(os.path.dirname(link.target), False)])
        return ways

    def _has_listing(self, folder: str) -> bool:
        """Lists a folder that is new: first watched, then read; its files count. False if it isn't there."""
        if folder in self._listings:
            return True
        if not self._watch(folder):
            return False
        self._listings[folder] = list_folder(folder)
        self._paths.update(dict.fromkeys(sorted(self._listings[folder].files)))
        self._moved[folder] = None
        return True

    def _compare_links(self, before: dict[str, Link]) -> None:
        for path in before.keys() | self._links.keys():
            if before.get(path) != self._links.get(path):
                self._paths[path] = self._moved[path] = None

    def _guard(self, wanted: set[str]) -> None:
        self._guards = {}
        for path in wanted:
            above = _nearest_above(path)
            if self._watch(above):
                self._guards.setdefault(above, set()).add(path)

    def _trim(self) -> None:
        for folder in self._listings.keys() - self._reached.keys():
            del self._listings[folder]
        for folder in self._watched - self._listings.keys() - self._guards.keys():
            self._unwatch(folder)

    def _watch(self, folder: str) -> bool:
        if folder in self._watched:
            return True
        try:
            self._events.add(folder)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return False
        except OSError as error:
            self.refused[folder] = error
            return False
        self._watched.add(folder)
        self._has_new_watch = True
        return True

    def _unwatch(self, folder: str) -> None:
        self._watched.discard(folder)
        self._events.remove(folder)


def _ways_to(folder: str, recursive: bool, wanted: set[str]) -> list[Way]:
    link = follow(folder)
    wanted.update((folder, link.target))
    return [(link.target, recursive), *((passed, False) for passed in link.passed)]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + os.sep)


def _is_hard_link(path: str, mode: int) -> bool:
    """Tells a second name, complete when it appears, from a file that is being written."""
    try:
        return stat.S_ISREG(mode) and os.lstat(path).st_nlink > 1
    except OSError:
        return False


def _nearest_above(path: str) -> str:
    folder = os.path.dirname(path)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return folder
