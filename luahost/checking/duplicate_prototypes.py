"""Duplicate prototypes: one name that two files of a session declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby

from .code import Code
from .declarations import Declaration
from .finding import Finding

__all__ = ["DuplicatePrototype"]

MAIN = "lua/main.lua"


class DuplicatePrototype:
    """Finds prototypes with fields of their own in two files that one session loads.

    Files that never meet, as those of two apps of which a session runs one, may use one name; a spec may use any.
    """

    name = "duplicate-prototype"
    summary = "one name for prototypes of two files"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each declaration but the first."""
        named = sorted(
            (each for each in code.meanings.declarations if each.name and each.has_init and not each.chunk.is_spec),
            key=lambda each: (each.name or "", each.chunk.key, each.node.start_byte),
        )
        meet = _meeting(code)
        for _, group in groupby(named, lambda each: each.name):
            first, *others = group
            for other in others:
                if other.chunk.key != first.chunk.key and meet(first.chunk.key, other.chunk.key):
                    yield other.chunk.finding(other.node, self.name, _message(first, other))


def _meeting(code: Code) -> Callable[[str, str], bool]:
    """Returns a function that answers whether one session may load both of two files."""

    @cache
    def loaded(key: str) -> frozenset[str]:
        seen: dict[str, None] = {}
        left = [key]
        while left:
            at = left.pop()
            if at not in seen:
                seen[at] = None
                left += code.required.get(at, ())
        return frozenset(seen)

    def meet(one: str, other: str) -> bool:
        main = loaded(MAIN)
        return any({one, other} <= loaded(root) | main for root in code.chunks)

    return meet


def _message(first: Declaration, other: Declaration) -> str:
    line = first.node.start_point[0] + 1
    return (
        f"the prototype '{other.name}' is declared in {first.chunk.key}:{line}, too: whichever file runs last changes "
        "the instances of both; give one of them another name, such as one with the app's name and a dot before it"
    )
