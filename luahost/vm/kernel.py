"""The kernel as chunks: the guest half of luahost, compiled once per process and kind of VM."""

from __future__ import annotations

import enum
import re
from functools import cache
from importlib import resources

from luahost.vm.compiler import Compiler


class Op(enum.IntEnum):
    """What a session may ask of its host. Callbacks are known by number; no Python object is passed for them."""

    locate = 1
    chunk = 2
    room = 3
    log = 4
    wake = 5
    now = 6
    stands = 7
    assigns = 8
    failed = 9
    mentions = 10
    running = 11
    is_over = 12
    path = 13
    command = 14
    changes = 15
    relocate = 16
    tree = 17
    define = 18
    saved = 19


CORE = [
    "compat",
    "errors",
    "environment",
    "inits",
    "instances",
    "turn",
    "prototypes",
    "loads",
    "containers",
    "written",
    "modules",
    "session",
    "globals",
    "entries",
]
"""The rooms that every session needs, in the order in which they need each other."""

EXTRA = {"luajit21": ("nesting", "older")}
"""The rooms that one kind of VM needs besides, before the guest's environment is made."""

HANDLES = ["call", "run", "recover"]
"""What the host has of a session, in the order in which the kernel's chunk answers it; `run` takes an entry's name."""

_OP = re.compile(r"\bK\.ops\.(\w+)")
_ROOM = re.compile(
    r"(?:--[^\n]*\n)*(?:local K(?:, host)? = \.\.\.\n)?(?P<body>.*\n)return (?P<answer>\w+(?:\.\w+)?)\n", re.DOTALL
)
"""A room: what it says of itself, how it takes the kernel, what it does, and its answer."""

_COLLECTING = """
collectgarbage('restart')
if _VERSION == 'Lua 5.4' then collectgarbage('step', -math.floor(collectgarbage('count'))) end
"""
"""Lets Lua collect again. In 5.4 a negative step puts the first cycle off by so many KiB; otherwise it begins at once,
though nothing of the kernel is garbage."""


def _source(room: str) -> str:
    text = resources.files("luahost.kernel").joinpath(f"{room}.lua").read_text(encoding="utf-8")
    return _OP.sub(lambda found: str(int(Op[found[1]])), text)


def _inlined(room: str) -> str:
    """Returns a room as a block within the core's chunk, whose locals it shares: that saves a function, and the
    constants and upvalues that each room would have of its own.
    """
    found = _ROOM.fullmatch(_source(room))
    if found is None:
        raise ValueError(f"kernel/{room}.lua: a room ends with what it answers")
    return f"do {found['body']}\nK.{room} = {found['answer']}\nend\n"


def _core_rooms(vm: str) -> list[str]:
    at = CORE.index("environment")
    return [*CORE[:at], *EXTRA.get(vm, ()), *CORE[at:]]


def _core_source(vm: str) -> str:
    rooms = "".join(map(_inlined, _core_rooms(vm)))
    answer = ", ".join(f"K.entries.{name}" for name in HANDLES)
    return f"{_source('kernel')}\n{rooms}\n{_COLLECTING}\nreturn state, {answer}\n"


@cache
def core_chunk(vm: str) -> bytes:
    """Returns the bytecode of the rooms that every session needs."""
    return Compiler(vm).compile(_core_source(vm).encode(), "=kernel", strip=True)


@cache
def room_chunk(vm: str, room: str) -> bytes:
    """Returns the bytecode of a room that a session needs only now."""
    return Compiler(vm).compile(_source(room).encode(), "=kernel", strip=True)
