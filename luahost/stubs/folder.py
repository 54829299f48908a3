"""The folder of a site's stubs: written when something differs, and only then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from luahost.errors import SiteError

__all__ = ["write_stubs"]


def write_stubs(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """Writes stubs by file name; returns the names of those that weren't there like this.

    Other files of the folder stay. Raises SiteError if it can't be written to.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            if _text(folder / name) != text:
                (folder / name).write_text(text, encoding="utf-8", newline="\n")
                written.append(name)
    except OSError as error:
        raise SiteError(f"{folder}: stubs can't be written there: {error.strerror or error}") from error
    return written


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
