"""Folder events: what an operating system tells of single folders, the raw material of a watcher."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

__all__ = ["FolderEvent", "FolderEvents", "Kind", "OnEvents"]


class Kind(Enum):
    """What happened to the path of an event."""

    WRITTEN = "written"
    CREATED = "created"  # a file that may still be written to; links and folders are complete
    MOVED_IN = "moved in"
    GONE = "gone"
    UNWATCHED = "unwatched"  # the folder itself went, and its watch with it
    LOST = "lost"  # the queue overflowed; the path is empty


class FolderEvent(NamedTuple):
    """One thing that happened to `path`, which lies directly in a watched folder, or is one (UNWATCHED)."""

    kind: Kind
    path: str


OnEvents = Callable[[Sequence[FolderEvent]], None]


class FolderEvents(Protocol):
    """Tells of what happens directly in each of a set of folders, not below them."""

    def open(self, on_events: OnEvents) -> None:
        """Begins to deliver, several events at a time, from one thread. Raises OSError."""

    def add(self, folder: str) -> None:
        """Watches one more folder. Raises OSError: FileNotFoundError, ENOSPC when a limit is met."""

    def remove(self, folder: str) -> None:
        """Stops watching a folder; one that isn't watched, or is gone, is nothing."""

    def close(self) -> None:
        """Stops delivering. Twice is nothing."""
