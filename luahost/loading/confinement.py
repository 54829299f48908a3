"""Confinement: which files a sandboxed session that has `io` granted may reach: those of the site, and no others."""

from __future__ import annotations

import os
import stat
from enum import IntEnum

from luahost.errors import LuaError
from luahost.settings import FILE_NAME

__all__ = ["Aim", "confined_path"]

LONGEST_NAME = 4096


class Aim(IntEnum):
    """What is to be done at a path. `ENTRY`: removing or renaming what lies there, a link itself and not its target."""

    READ = 0
    WRITE = 1
    ENTRY = 2


def confined_path(root: str, name: bytes, aim: Aim) -> str:
    """Returns the real path that `name` stands for, taken from the site's real path `root`; it need not exist.

    Raises LuaError, with the reason, for what lies outside the site, is hidden (`.luahost`, `.git`), is no plain file,
    or is the file with the site's settings and to be changed.
    """
    if b"\0" in name:
        raise LuaError("the path has a NUL character")
    if len(name) > LONGEST_NAME:
        raise LuaError("the path is too long")
    joined = os.path.join(root, os.fsdecode(name))
    real = _entry(joined) if aim is Aim.ENTRY else os.path.realpath(joined)
    _check_place(root, real, aim)
    if aim is not Aim.ENTRY:
        _check_kind(real)
    return real


def _entry(path: str) -> str:
    """Returns the path with all links resolved but the last."""
    folder, name = os.path.split(path)
    if name in ("", ".", ".."):
        raise LuaError("the path doesn't end in a name")
    return os.path.join(os.path.realpath(folder), name)


def _check_place(root: str, real: str, aim: Aim) -> None:
    own = os.path.join(root, "")
    if not real.startswith(own) and real != root:
        raise LuaError("the path leads out of the site")
    relative = real[len(own) :]
    if any(part.startswith(".") for part in relative.split(os.sep)):
        raise LuaError("hidden files and folders are out of a session's reach")
    if aim is not Aim.READ and relative.casefold() == FILE_NAME:
        raise LuaError("the site's settings can't be changed by a session")


def _check_kind(real: str) -> None:
    """Raises LuaError for folders, and for pipes and devices, which could keep the turn waiting for ever."""
    try:
        mode = os.stat(real).st_mode
    except (OSError, ValueError):
        return  # not there: opening it says so, or makes it
    if stat.S_ISDIR(mode):
        raise LuaError("Is a directory")
    if not stat.S_ISREG(mode):
        raise LuaError("not a plain file")
