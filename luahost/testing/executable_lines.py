"""Executable lines: which lines of a file could run, and its functions, whether or not anything of it ever ran."""

from __future__ import annotations

from dataclasses import dataclass

from luahost.testing.lua_functions import LuaFunction, read_text
from luahost.vm.active_lines import ActiveLines

__all__ = ["Executable", "executable_lines"]


@dataclass(frozen=True, slots=True)
class Executable:
    """A file's lines that have code, and each function with its own of them."""

    lines: frozenset[int]
    functions: tuple[tuple[LuaFunction, frozenset[int]], ...]


def executable_lines(text: bytes, active: ActiveLines) -> Executable:
    """Returns what could run of a text.

    The VM tells which lines of a function have code, but shows no function that was never made: each is compiled alone.
    """
    read = read_text(text)
    functions = []
    lines = active.of_chunk(text)
    for function in read.functions:
        own = active.of_function(function.text, function.text_line)
        functions.append((function, frozenset(own & read.telling)))
        lines |= own
    return Executable(frozenset(lines & read.telling), tuple(functions))
