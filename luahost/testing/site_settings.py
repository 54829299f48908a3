"""Site settings: which site a test belongs to, and what is in force there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.settings import FILE_NAME, Settings, load_settings

__all__ = ["settings_for"]


SIGNS = (FILE_NAME, "lua/main.lua", "apps")
"""What tells a site from other folders, the surest first."""


def settings_for(config: pytest.Config, path: Path, vm: str | None = None) -> Settings:
    """Returns the settings of the site that the test in `path` belongs to, on another VM if one is named.

    Raises SettingsError, as the site's own file or the environment may be wrong.
    """
    return load_settings(_site_of(config, path), flags={"vm": vm}, env=os.environ)


def _site_of(config: pytest.Config, path: Path) -> Path:
    """Returns the site that was named, else the nearest folder around `path` that is one, else the rootdir."""
    if config.getoption("lua_site"):
        return Path(config.invocation_params.dir, config.getoption("lua_site"))
    if config.getini("lua_site"):
        return Path(config.rootpath, config.getini("lua_site"))
    around = [folder for folder in path.parents if folder == config.rootpath or config.rootpath in folder.parents]
    for sign in SIGNS:
        for folder in around:
            if (folder / sign).exists():
                return folder
    return config.rootpath
