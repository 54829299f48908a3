"""The API's stubs: annotations of all that a session offers to its code, as package data."""

from __future__ import annotations

from importlib import resources

__all__ = ["FOLDER", "api_stubs"]

FOLDER = ".luahost/stubs"
"""Where stubs lie in a site; its `.luarc.json` names it."""


def api_stubs() -> dict[str, str]:
    """Returns the texts of the API's stubs by file name, sorted."""
    files = resources.files("luahost.stubs").joinpath("lua").iterdir()
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(files, key=lambda file: file.name)}
