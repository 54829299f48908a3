"""The sources of a process: each file is read, and each content compiled, once for all sessions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from luahost.errors import LuaError, ModuleNotFound
from luahost.loading.history import History
from luahost.loading.site import Site
from luahost.loading.source import Source, has_lines
from luahost.loading.source_file import SourceFile

__all__ = ["Refresh", "Source", "Sources"]

Compile = Callable[[bytes, str], bytes]
NewFile = Callable[[str, str, Callable[[], int]], SourceFile]


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a look at some files found. A file that everybody has as it is now is in none of the three."""

    changed: dict[str, Source]
    gone: list[str]
    errors: list[LuaError]


class Sources:
    """Holds the versions of the files of a site. May be called from any thread.

    A content is compiled once, whoever asks and how many at a time; a file's earlier contents keep their
    numbers. Of each file the last eight texts are kept. `last_good` never goes back to nothing, even if the
    file does.
    """

    def __init__(
        self,
        site: Site,
        compile: Compile,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        new_file: NewFile = SourceFile,
    ) -> None:
        """Takes `compile(text, chunk name)`, which returns bytecode or raises LuaSyntaxError.

        `new_file(key, path, wall_ns)` makes what reads a file.
        """
        self._site = site
        self._compile = compile
        self._wall_ns = wall_ns
        self._new_file = new_file
        self._lock = threading.Lock()
        self._files: dict[str, _Tracked] = {}

    def get(self, key: str) -> Source:
        """Returns the current version of a file.

        Raises ModuleNotFound if it is gone, LuaSyntaxError if it doesn't compile, LuaError if unreadable.
        """
        tracked = self._tracked(key)
        with tracked.lock:
            raw = tracked.file.read_if_touched()
            return tracked.history.give(raw) if raw is not None else tracked.history.give_last_read()

    def refresh(self, keys: Iterable[str], again: Collection[str] = ()) -> Refresh:
        """Reads files anew, whatever their times and sizes say, and answers what has changed.

        Changed is a file whose content differs from a version that somebody was given since the last refresh, and
        each of those to be taken `again`.
        Raises nothing for a file: what can't be read or compiled is in `errors`, with its file's name.
        """
        found = Refresh({}, [], [])
        for key in dict.fromkeys(keys):
            try:
                self._refresh_one(key, found, is_wanted=key in again)
            except ModuleNotFound:
                found.gone.append(key)
            except LuaError as error:
                found.errors.append(error)
        return found

    def kept(self, key: str, version: int) -> Source | None:
        """Returns a version of a file, if it is one of the last eight."""
        tracked = self._tracked(key)
        with tracked.lock:
            return tracked.history.kept(version)

    def last_good(self, key: str) -> Source:
        """Returns the newest version that compiled, from memory; raises ModuleNotFound if none did."""
        tracked = self._tracked(key)
        with tracked.lock:
            if tracked.history.last_good is None:
                raise ModuleNotFound(f"'{key}' has not been loaded yet; get it first", file=key)
            return tracked.history.last_good

    def broken(self, key: str) -> bytes | None:
        """Returns what tells the content of a file that doesn't compile from others; None if its last one does."""
        tracked = self._tracked(key)
        with tracked.lock:
            return tracked.history.failed

    def was_good(self, key: str) -> bool:
        """Returns whether any version of a file has compiled: if not, nobody can have loaded it."""
        tracked = self._tracked(key)
        with tracked.lock:
            return tracked.history.last_good is not None

    def keys(self) -> list[str]:
        """Returns the keys of all files that were asked for."""
        with self._lock:
            return list(self._files)

    def lines_stand(self, key: str, old_version: int, new_version: int, first: int, last: int) -> bool:
        """Returns whether lines of one version stand together in another; False if one is forgotten."""
        if old_version == new_version:
            return True
        tracked = self._tracked(key)
        with tracked.lock:
            old, new = tracked.history.kept(old_version), tracked.history.kept(new_version)
        return old is not None and new is not None and has_lines(old.text, new.text, first, last)

    def _refresh_one(self, key: str, found: Refresh, *, is_wanted: bool) -> None:
        tracked = self._tracked(key)
        with tracked.lock:
            before = set(tracked.history.given)
            source = tracked.history.give(tracked.file.read())
            tracked.history.given = {source.version}
        if is_wanted or before != {source.version}:
            found.changed[key] = source

    def _tracked(self, key: str) -> _Tracked:
        with self._lock:
            tracked = self._files.get(key)
            if tracked is None:
                file = self._new_file(key, str(self._site.path(key)), self._wall_ns)
                tracked = self._files[key] = _Tracked(threading.Lock(), file, History(key, self._compile))
            return tracked


@dataclass(frozen=True, slots=True)
class _Tracked:
    """One file, its history, and the lock that keeps two sessions from reading and compiling it twice."""

    lock: threading.Lock
    file: SourceFile
    history: History
