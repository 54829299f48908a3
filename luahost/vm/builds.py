"""Builds: which Lua of lupa's wheel a session runs on, by the name in the settings."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from luahost.errors import SettingsError

BUILDS = ("lua54", "lua55", "luajit21")


@cache
def build(name: str) -> Any:
    """Returns the lupa module of a VM, pinned by name: `lupa.LuaRuntime` would silently be the newest in the wheel.

    Raises SettingsError for a name that is not one of `BUILDS`.
    """
    if name not in BUILDS:
        raise SettingsError(f"vm: {name!r} is not one of {', '.join(BUILDS)}")
    return importlib.import_module(f"lupa.{name}")


def _refuse(_obj: object, name: object, _setting: bool) -> object:
    raise AttributeError(f"{name!r} of a host object is out of reach")


def new_runtime(name: str) -> Any:
    """Returns a fresh `LuaRuntime` that shows nothing of Python to Lua, counts its memory, and has no limit yet.

    Strings are bytes on both sides, so that nothing that isn't UTF-8 can fail at the edge.
    """
    return build(name).LuaRuntime(
        encoding=None,
        register_eval=False,
        register_builtins=False,
        unpack_returned_tuples=True,
        attribute_filter=_refuse,
        max_memory=0,
    )
