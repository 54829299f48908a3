"""A listing: what a watched folder holds, as far as a watcher cares."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

__all__ = ["Link", "Listing", "follow", "is_hidden", "list_folder"]

_MOST_LINKS = 40


@dataclass(slots=True)
class Listing:
    """The files, folders and links directly in a folder, as paths."""

    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def put(self, path: str) -> int:
        """Files `path` under what it is now, and returns its `st_mode`: 0 if it is gone."""
        self.discard(path)
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            return 0
        if stat.S_ISREG(mode):
            self.files.add(path)
        elif stat.S_ISDIR(mode):
            self.folders.add(path)
        elif stat.S_ISLNK(mode):
            self.links.add(path)
        return mode

    def discard(self, path: str) -> bool:
        """Takes `path` out, and returns whether it was a folder or a link."""
        self.files.discard(path)
        was_way = path in self.folders or path in self.links
        self.folders.discard(path)
        self.links.discard(path)
        return was_way


def list_folder(folder: str) -> Listing:
    """Returns what is in `folder` now; nothing if it is gone or can't be read."""
    listing = Listing()
    try:
        names = os.listdir(folder)
    except OSError:
        return listing
    for name in names:
        if not is_hidden(name):
            listing.put(os.path.join(folder, name))
    return listing


def is_hidden(path: str) -> bool:
    """Returns whether a path's last name begins with a dot, as for editors' locks and temporary files."""
    return os.path.basename(path).startswith(".")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads: the real path of its target, and the folders of links `passed` on the way."""

    target: str
    is_folder: bool
    passed: tuple[str, ...]


def follow(path: str) -> Link:
    """Returns where `path` leads, link by link, as each may be re-pointed. The target may be missing."""
    passed: list[str] = []
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(path.rstrip(os.sep))
        is_plain = name not in ("", ".", "..")
        path = os.path.join(os.path.realpath(folder), name) if is_plain else os.path.realpath(path)
        try:
            path = os.path.join(os.path.dirname(path), os.readlink(path))
        except OSError:
            break
        passed.append(os.path.realpath(os.path.dirname(path.rstrip(os.sep))))
    return Link(path, os.path.isdir(path), tuple(passed[:-1]))
