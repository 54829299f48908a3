"""Coverage: how often each line of a site's Lua ran in its specs, whichever versions of the files they saved."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luahost.errors import LuaHostError
from luahost.loading.source import readable_text
from luahost.session import Session
from luahost.testing.executable_lines import Executable, executable_lines
from luahost.testing.lua_functions import read_text
from luahost.vm.active_lines import ActiveLines

if TYPE_CHECKING:
    from luahost.testing.staged_host import StagedHost

__all__ = ["SPEC_END", "Coverage", "CoveredFile"]

SPEC_END = "_spec.lua"
KEPT = 256
"""How many texts, and pairs of them, are compared once only."""

FOLDERS = ("lua", "apps")
"""Whose files count even if nothing ever loads them."""


@dataclass(frozen=True)
class CoveredFile:
    """A file as it lies on disk, and how often each of its lines ran. `path` is absolute."""

    path: Path
    executable: Executable
    hits: Counter[int]

    @cached_property
    def lines(self) -> dict[int, int]:
        """The lines that have code, in order, with how often each ran."""
        return {line: self.hits[line] for line in sorted(self.executable.lines)}

    @property
    def missed(self) -> list[int]:
        """The lines that have code and never ran."""
        return [line for line, count in self.lines.items() if not count]

    @property
    def functions(self) -> Iterator[tuple[str, int, int]]:
        """Yields name, first line and calls of each function; its first line that has code tells of the calls."""
        for function, lines in sorted(self.executable.functions, key=lambda found: found[0].first):
            yield function.name, function.first, self.hits[min(lines)] if lines else 0


class Coverage:
    """Adds up what the specs' sessions counted, by the files on disk.

    A spec may save other texts over a file: what ran of those counts for the lines that both have.
    """

    def __init__(self) -> None:
        self._hits: dict[Path, Counter[int]] = {}
        self._sites: set[Path] = set()
        self._vms: set[str] = set()

    def take(self, session: Session, host: StagedHost) -> None:
        """Adds what a session has counted since it was asked last; nothing where it can't answer any more."""
        self._sites.add(host.site.root)
        self._vms.add(host.settings.vm)
        with suppress(LuaHostError):
            for entry in session.ask_added("coverage", "take"):
                self._add(entry, host)

    def files(self) -> list[CoveredFile]:
        """Returns the files of all sites that were looked at, in the order of their paths."""
        paths = {path for path in self._hits if path.is_file()}
        for site in self._sites:
            paths |= set(_files_of(site))
        active = [ActiveLines(vm) for vm in sorted(self._vms)]
        return [self._file(path, active) for path in sorted(paths)]

    def _file(self, path: Path, active: list[ActiveLines]) -> CoveredFile:
        # What only one of several VMs has code for, can't be expected to run in all.
        text = _text(path)
        found = executable_lines(text, active[0])
        for other in active[1:]:
            common = found.lines & executable_lines(text, other).lines
            found = Executable(common, tuple((function, own & common) for function, own in found.functions))
        return CoveredFile(path, found, self._hits.get(path, Counter()))

    def _add(self, entry: dict[str, Any], host: StagedHost) -> None:
        key = entry["key"] if isinstance(entry["key"], str) else os.fsdecode(entry["key"])
        path = host.site.path(key)
        if key.endswith(SPEC_END) or not path.is_file() or not entry["lines"]:
            return
        ran = _version_of(entry, key, host)
        if ran is None:
            return
        places = _places(ran, _text(path))
        hits = self._hits.setdefault(path, Counter())
        counted = entry["lines"]
        for line, count in zip(counted[::2], counted[1::2], strict=True):
            if places is None or line in places:
                hits[line if places is None else places[line]] += count


def _version_of(entry: dict[str, Any], key: str, host: StagedHost) -> bytes | None:
    """Returns the text that a function is of: of its version, or of an earlier one, if only that has it there.

    A function that a timer holds may begin to run when its file has another version already.
    """
    first, newest = entry["first"], None
    for version in range(entry["version"], 0, -1):
        source = host.sources.kept(key, version)
        if source is None:
            continue
        newest = newest or source.text
        if first <= 0 or (first, entry["last"]) in _extents(source.text):
            return source.text
    return newest


@lru_cache(maxsize=KEPT)
def _extents(text: bytes) -> frozenset[tuple[int, int]]:
    return frozenset((function.first, function.last) for function in read_text(text).functions)


@lru_cache(maxsize=KEPT)
def _places(ran: bytes, now: bytes) -> dict[int, int] | None:
    """Returns where the lines of one text stand in the other; None where both are the same."""
    if ran == now:
        return None
    matcher = SequenceMatcher(None, ran.split(b"\n"), now.split(b"\n"), autojunk=False)
    return {a + i + 1: b + i + 1 for a, b, size in matcher.get_matching_blocks() for i in range(size)}


def _files_of(site: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in (site / folder).rglob("*.lua"):
            if not path.name.endswith(SPEC_END):
                yield Path(os.path.realpath(path))


def _text(path: Path) -> bytes:
    try:
        return readable_text(path.read_bytes(), path.name)
    except LuaHostError:
        return b""
