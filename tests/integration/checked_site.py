"""Checked sites: files written into a folder, and what `luahost check` has to say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from luahost.checking.checker import CheckReport, Selection, check
from luahost.settings import Settings

WriteSite = Callable[[Mapping[str, str]], Path]


def no_program(_name: str) -> None:
    """Finds no other linter."""


class CheckedSite:
    """Writes sites and checks them, without other linters."""

    def __init__(self, write: WriteSite) -> None:
        self._write = write

    def report(self, files: Mapping[str, str], only: str = "", **settings: Any) -> CheckReport:
        """Returns what is said of a site with these files."""
        folder = self._write(files)
        selection = Selection(only=frozenset(only.split()))
        return check(Settings(site=str(folder), **settings), selection, which=no_program)

    def places(self, files: Mapping[str, str], only: str = "", **settings: Any) -> list[str]:
        """Returns the findings as `file:line:column lint`."""
        found = self.report(files, only, **settings).findings
        return [f"{each.file}:{each.line}:{each.column} {each.lint}" for each in found]

    def message(self, files: Mapping[str, str], only: str = "", **settings: Any) -> str:
        """Returns what the only finding says."""
        (finding,) = self.report(files, only, **settings).findings
        return finding.message
