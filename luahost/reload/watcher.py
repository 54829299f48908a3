"""The watcher: where file events come from. An adapter a file, and a fake in `luahost.testing`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from luahost.errors import WatchError

__all__ = ["Change", "OnChange", "OnError", "Watcher"]


@dataclass(frozen=True, slots=True)
class Change:
    """What may have changed: a reason to look at the files, not yet a difference of content.

    `paths` are absolute paths of files that were written, appeared or went, all files of a folder that did
    among them. `moved` are folders and links that appeared, went or lead elsewhere: a module's name may mean
    another file now. `lost` is true when events were lost: `paths` then has all files there are, and any
    other may have gone.
    """

    paths: tuple[str, ...]
    moved: tuple[str, ...] = ()
    lost: bool = False


OnChange = Callable[[Change], None]
OnError = Callable[[WatchError], None]


class Watcher(Protocol):
    """Tells of changes in folders. Callbacks come one at a time, from a thread of the watcher."""

    def start(self, on_change: OnChange, on_error: OnError | None = None) -> None:
        """Begins to deliver; `on_error` is told of what can't be watched later on. Raises WatchError."""

    def watch(self, folder: Path | str, *, recursive: bool) -> None:
        """Watches a folder, which need not exist yet, and where its links lead; `recursive`: all below.

        Hidden files and folders (`.git`) in it are left out. A folder may be watched for several reasons:
        each call wants its `unwatch`. Raises WatchError if the system's limits are met; what could be watched
        is.
        """

    def unwatch(self, folder: Path | str, *, recursive: bool) -> None:
        """Takes back one `watch` of the same kind; one that was never made is nothing."""

    def close(self) -> None:
        """Stops delivering, within a second. Twice is nothing."""
