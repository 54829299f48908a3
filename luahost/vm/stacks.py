"""Stacks: which Lua functions a state is in, read with Lua's own functions while the state stands in a hook."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from typing import Any

from luahost.vm.builds import build

__all__ = ["HOOK", "Place", "Stack", "StackReader", "stack_reader_for"]

HOOK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
"""A hook as Lua calls it: with the state, and a record that is read here by its own means."""

MOST_FRAMES = 250

KERNEL = (b"=?", b"=kernel")
"""The sources of the kernel's own chunks, which are stripped."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a function is written; `line` is that of its first word, 0 for a file's main chunk."""

    file: str
    line: int


Stack = list[tuple[Place | None, str]]
"""The functions of the guest, the innermost first, with the names by which they were called; None for the kernel."""


# `lua_Debug` up to what is read here, and room for the rest, which is smaller in each version.
_HEAD: tuple[tuple[str, Any], ...] = (
    ("event", ctypes.c_int),
    ("name", ctypes.c_char_p),
    ("namewhat", ctypes.c_char_p),
    ("what", ctypes.c_char_p),
    ("source", ctypes.c_char_p),
)


class _Record54(ctypes.Structure):
    _fields_ = (
        *_HEAD,
        ("srclen", ctypes.c_size_t),
        ("currentline", ctypes.c_int),
        ("linedefined", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


class _Record51(ctypes.Structure):
    _fields_ = (
        *_HEAD,
        ("currentline", ctypes.c_int),
        ("nups", ctypes.c_int),
        ("linedefined", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


class StackReader:
    """Reads stacks of one build's states. Nothing is allocated in the VM for it, and nothing raises in it."""

    def __init__(self, library: Any, *, is_luajit: bool) -> None:
        """Takes lupa's extension module, opened by ctypes; raises AttributeError where it hides Lua's functions."""
        self._record = _Record51 if is_luajit else _Record54
        self._get_stack: Any = library.lua_getstack
        self._get_stack.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
        self._get_info: Any = library.lua_getinfo
        self._get_info.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

    def read(self, state: int) -> Stack:
        """Returns where the state is; called in the thread that runs it, from a hook."""
        record = self._record()
        frames: Stack = []
        at, level = ctypes.addressof(record), 0
        while level < MOST_FRAMES and self._get_stack(state, level, at):
            self._get_info(state, b"Sn", at)
            if record.source in KERNEL:
                if not frames:
                    frames.append((None, ""))
            elif record.what in (b"Lua", b"main"):
                frames.append((_place(record), _name(record)))
            level += 1
        return frames


def _place(record: Any) -> Place:
    source: bytes = record.source
    file = source[1:].decode(errors="replace") if source[:1] in b"@=" else "[string]"
    return Place(file, 0 if record.what == b"main" else record.linedefined)


def _name(record: Any) -> str:
    name: bytes = record.name or b""
    return "" if name == b"?" else name.decode(errors="replace")


@cache
def stack_reader_for(name: str) -> StackReader | None:
    """Returns the reader of a build; None if its symbols can't be reached."""
    try:
        return StackReader(ctypes.PyDLL(build(name).__file__), is_luajit=name.startswith("luajit"))
    except (OSError, AttributeError):
        return None
