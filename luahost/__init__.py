"""luahost: a host for live Lua application logic."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from luahost.errors import (
    ConversionError,
    Damaged,
    Frame,
    LimitExceeded,
    LuaError,
    LuaHostError,
    LuaSyntaxError,
    ModuleNotFound,
    NewerData,
    NothingToUndo,
    NotStorable,
    RecordBusy,
    RecordLost,
    SessionBusy,
    SessionClosed,
    SettingsError,
    SiteError,
    StorageError,
    TooLarge,
    Unavailable,
    WatchError,
)

if TYPE_CHECKING:
    from luahost.host import Host
    from luahost.reload.report import ReloadReport
    from luahost.session import Session
    from luahost.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "ConversionError",
    "Damaged",
    "Frame",
    "Host",
    "LimitExceeded",
    "LuaError",
    "LuaHostError",
    "LuaSyntaxError",
    "ModuleNotFound",
    "NewerData",
    "NotStorable",
    "NothingToUndo",
    "RecordBusy",
    "RecordLost",
    "ReloadReport",
    "Session",
    "SessionBusy",
    "SessionClosed",
    "Settings",
    "SettingsError",
    "SiteError",
    "StorageError",
    "TooLarge",
    "Unavailable",
    "WatchError",
]

# Every run of pytest imports this package for the sake of its plugin, and most of them need none of these.
_LATER = {
    "Host": "luahost.host",
    "ReloadReport": "luahost.reload.report",
    "Session": "luahost.session",
    "Settings": "luahost.settings",
}


def __getattr__(name: str) -> Any:
    """Imports what takes long to import when it is first asked for."""
    if name not in _LATER:
        raise AttributeError(f"module 'luahost' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LATER[name]), name)
    return value
