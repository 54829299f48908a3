"""Emptiness: a folder that is taken for a site and has no place for code, which is most often the wrong one."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FOLDERS", "emptiness"]

FOLDERS = ("lua", "apps")
"""Where a site's code lies; one of them is enough."""


def emptiness(site: Path | str, consequence: str = "") -> str:
    """Returns a line that says so, with what comes of that; nothing if the folder has a place for code."""
    if any((Path(site) / folder).is_dir() for folder in FOLDERS):
        return ""
    what = f"there is no {'/ and no '.join(FOLDERS)}/ in this folder{consequence}"
    return f"{site}: {what}: name the folder of a site, or make one: luahost new NAME"
