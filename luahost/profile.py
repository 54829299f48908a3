"""The profile: which Lua functions took the time, as stacks that were seen and how often."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

from luahost.vm.stacks import Place, Stack

__all__ = ["Profile"]

KERNEL = "[luahost]"


class Profile:
    """Counts stacks. May be told of them from any thread; the same function under several names is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stacks: Counter[tuple[Place | None, ...]] = Counter()
        self._names: dict[Place, Counter[str]] = {}

    @property
    def samples(self) -> int:
        """How many stacks were seen."""
        with self._lock:
            return self._stacks.total()

    def add(self, stack: Stack) -> None:
        """Counts a stack, whose innermost function comes first; an empty one is nothing."""
        if not stack:
            return
        with self._lock:
            self._stacks[tuple(place for place, _ in reversed(stack))] += 1
            for place, name in stack:
                if place is not None and name:
                    self._names.setdefault(place, Counter())[name] += 1

    def collapsed(self) -> str:
        """Returns a line for each stack: its functions from the outermost to the innermost, and how often it was seen.

        This is what speedscope and the flame graph scripts read: `main chunk (lua/main.lua);add (lua/sum.lua:3) 12`.
        """
        with self._lock:
            return "".join(sorted(self._lines()))

    def _lines(self) -> Iterator[str]:
        for places, count in self._stacks.items():
            yield f"{';'.join(map(self._shown, places))} {count}\n"

    def _shown(self, place: Place | None) -> str:
        if place is None:
            return KERNEL
        if place.line == 0:
            return _plain(f"main chunk ({place.file.strip('()')})")
        names = self._names.get(place)
        name = names.most_common(1)[0][0] if names else "function"
        return _plain(f"{name} ({place.file}:{place.line})")


def _plain(text: str) -> str:
    """Returns a text without what would end a function's name, or a line."""
    return " ".join(text.replace(";", ",").split())
