"""Configuration: the settings in force, where each came from, and what they grant."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import get_args

import msgspec

from luahost.errors import SettingsError
from luahost.services import grants_of
from luahost.settings import RUN_DEFAULTS, SERVE_DEFAULTS, Grant, Settings, load_settings, settings_sources
from luahost.storage.opening import shown_url

from .finding import Finding

__all__ = ["check_settings", "settings_of"]

SECTION = "Settings"


def settings_of(site: str | os.PathLike[str] | None, env: Mapping[str, str]) -> tuple[Settings, list[Finding]]:
    """Returns the settings that `luahost run` has on a site; if they are wrong, the defaults and all that is wrong."""
    try:
        return load_settings(site, env=env, defaults=RUN_DEFAULTS), []
    except SettingsError as error:
        advice = "correct it there; docs/reference/settings.md has every key with its values"
        folder = os.fspath(site) if site is not None else "."
        wrong = [Finding(SECTION, "settings", "wrong", problem, advice) for problem in error.problems]
        return Settings(site=folder, trust="trusted"), wrong


def check_settings(
    settings: Settings, site: str | os.PathLike[str] | None, env: Mapping[str, str]
) -> Iterator[Finding]:
    """Yields each setting with its source, then the grants."""
    sources = settings_sources(site, env=env)
    for key, value in msgspec.structs.asdict(settings).items():
        source = sources[key] if sources[key] != "default" else _default(key)
        yield Finding(SECTION, f"setting.{key}", "note", f"{key} = {_shown(key, value)}  ({source})")
    yield _grants(settings)


def _default(key: str) -> str:
    """Returns what is said of a default, which may be another one for `serve` than for `run`."""
    of_table = getattr(Settings(), key)
    runs, serves = RUN_DEFAULTS.get(key, of_table), SERVE_DEFAULTS.get(key, of_table)
    return "default" if serves == runs else f"default of run; of serve: {_shown(key, serves)}"


def _shown(key: str, value: object) -> str:
    if key == "store":
        return shown_url(str(value)) or "none"
    if key == "token":
        return "(set)" if value else "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(_shown("", item) for item in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _grants(settings: Settings) -> Finding:
    granted = ", ".join(grant for grant in grants_of(settings) if grant in get_args(Grant))
    return Finding(SECTION, "grants", "note", f"a {_kind(settings)} site; granted: {granted or 'nothing'}")


def _kind(settings: Settings) -> str:
    return "trusted" if settings.trust == "trusted" else "sandboxed"
