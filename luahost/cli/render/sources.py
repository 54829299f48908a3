"""Sources: the lines of Lua around a place, from the text that ran, the site's files, or what was typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["Sources"]

AROUND = 2


class Sources:
    """Finds source lines. What was typed under a name wins over a file of that name.

    `text_of(file, version)` answers the text of a version that ran, None where that is forgotten: a file may have been
    saved since, and the save not been taken.
    """

    def __init__(self, site: Path) -> None:
        self._site = site
        self.text_of: Callable[[str, int], str | None] = lambda _file, _version: None
        self._typed: dict[str, list[str]] = {}

    def move(self, site: Path) -> None:
        """Looks for files in another site from now on."""
        self._site = site

    def typed(self, name: str, line: str) -> None:
        """Adds `line` to what was typed under `name`; the first is line 1."""
        self._typed.setdefault(name, []).append(line)

    def around(self, file: str | None, line: int, version: int = 0) -> list[tuple[int, str]]:
        """Returns the line with two around it, numbered; nothing where there is no such file or line.

        The line after the last is where Lua finds the end of the file: the last two are shown.
        """
        lines = self._lines(file, version) if file and line > 0 else []
        if line > len(lines) + 1:
            return []
        first = max(1, line - AROUND)
        return list(enumerate(lines[first - 1 : line + AROUND], start=first))

    def _lines(self, file: str, version: int) -> list[str]:
        if file in self._typed:
            return self._typed[file]
        ran = self.text_of(file, version) if version else None
        if ran is not None:
            return ran.removesuffix("\n").split("\n")
        try:
            text = (self._site / file).read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError):
            return []
        return text.removesuffix("\n").split("\n")
