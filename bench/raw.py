"""Raw lupa: the floor's side of a benchmark."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import lupa.lua54

_PRELUDE = Path(__file__).with_name("floor.lua")


def runtime() -> Any:
    """Returns a bare Lua 5.4 runtime whose strings are bytes."""
    return lupa.lua54.LuaRuntime(encoding=None, register_eval=False, register_builtins=False)


def bytecode(text: str, *, strip: bool = False) -> bytes:
    """Returns the bytecode of a chunk."""
    dump = runtime().eval(b"function(text, strip) return string.dump(assert(load(text, '@chunk')), strip) end")
    code: bytes = dump(text.encode(), strip)
    return code


@cache
def prelude() -> bytes:
    """Returns the bytecode of `floor.lua`, without its debug information."""
    return bytecode(_PRELUDE.read_text(encoding="utf-8"), strip=True)


def session(code: bytes) -> Any:
    """Returns a runtime in which the floor's prelude and `code` have run."""
    lua = runtime()
    lua.execute(prelude())
    lua.execute(code)
    return lua
