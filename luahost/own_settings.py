"""Own settings: what one session may have otherwise than its host; it is stored and comes back with the session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from luahost.errors import SettingsError
from luahost.settings import Settings

__all__ = ["OWN", "own_of", "with_own"]

OWN = (
    "memory_limit_mb",
    "time_limit_s",
    "load_time_limit_s",
    "wait_s",
    "max_connections",
    "max_record_mb",
    "max_message_kb",
)
_TIMES = ("time_limit_s", "load_time_limit_s")


def own_of(settings: Settings, given: Settings | Mapping[str, Any]) -> dict[str, Any]:
    """Returns what `given` says otherwise than the host's settings.

    Raises SettingsError for what is the host's alone, and for wrong values.
    """
    if isinstance(given, Settings):
        given = {key: value for key, value in _values(given).items() if value != getattr(settings, key)}
    return {key: getattr(with_own(settings, given), key) for key in given}


def with_own(settings: Settings, own: Mapping[str, Any]) -> Settings:
    """Returns the settings of a session: its host's, under its own."""
    strange = [key for key in own if key not in OWN]
    if strange:
        raise SettingsError(*(f"{key}: not a session's own; it may have: {', '.join(OWN)}" for key in strange))
    merged = Settings(**{**_values(settings), **own})
    if any(getattr(merged, key) for key in _TIMES) and not any(getattr(settings, key) for key in _TIMES):
        raise SettingsError(f"{' and '.join(_TIMES)}: a session has them only where its host has one")
    return merged


def _values(settings: Settings) -> dict[str, Any]:
    return {field.name: getattr(settings, field.name) for field in msgspec.structs.fields(Settings)}
