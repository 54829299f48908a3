"""luahost: a host for live Lua application logic."""

from __future__ import annotations

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
