"""Undeclared globals: assignments in functions to names that no file declares; most are a missing `local`."""

from __future__ import annotations

from collections.abc import Iterator

from .chunk import Chunk
from .code import Code
from .finding import Finding
from .methods import index_of
from .names import Assignment, text_of

__all__ = ["KNOWN", "OWN", "UndeclaredGlobal", "declared_globals"]

OWN = frozenset({"EMPTY", "session", "ui"})

NAMES = """
    EMPTY session ui
    bit bit32 coroutine debug io math os package string table utf8
    _G _VERSION assert collectgarbage error getfenv getmetatable ipairs load loadstring next pairs pcall print
    rawequal rawget rawlen rawset require select setfenv setmetatable tonumber tostring type unpack xpcall
"""
KNOWN = frozenset(NAMES.split())
"""The globals that a session begins with, on any VM."""

UNSURE = frozenset({"setfenv", "module"})
"""Functions that change where a file's globals are."""


class UndeclaredGlobal:
    """Finds globals that are made in a function.

    An assignment in the main chunk of a file declares a global; `_G.name = …` does anywhere, and Lua 5.5's `global`.
    """

    name = "undeclared-global"
    summary = "a global that a function makes and no file declares"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each such assignment."""
        declared = KNOWN | declared_globals(code)
        for chunk in code.chunks.values():
            for each in chunk.names.assignments if _is_sure(chunk) else ():
                name = text_of(each.target)
                if each.is_global and each.function is not None and name not in declared:
                    yield chunk.finding(each.target, self.name, _message(name))


def _is_sure(chunk: Chunk) -> bool:
    return not chunk.names.globals_read & UNSURE


def declared_globals(code: Code) -> frozenset[str]:
    """Returns the globals that the files of a site declare."""
    return frozenset(_declared(code))


def _declared(code: Code) -> Iterator[str]:
    for chunk in code.chunks.values():
        yield from chunk.names.declared
        for each in chunk.names.assignments:
            name = _name_declared(each)
            if name is not None:
                yield name


def _name_declared(assignment: Assignment) -> str | None:
    if assignment.is_global:
        return text_of(assignment.target) if assignment.function is None else None
    table, name = index_of(assignment.target)
    return name if table is not None and text_of(table) in ("_G", "_ENV") else None


def _message(name: str) -> str:
    return (
        f"`{name}` becomes a global of the session here: write `local {name}`, or declare it outside of functions with "
        f"`{name} = {name} or …`"
    )
