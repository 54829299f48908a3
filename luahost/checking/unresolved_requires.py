"""Unresolved requires: names for which the site has no file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .code import Code
from .finding import Finding
from .methods import index_of
from .names import Assignment, text_of
from .requires import Require

__all__ = ["UnresolvedRequire"]


class UnresolvedRequire:
    """Finds `require("name")` that no file answers. Computed names, and those behind a `pcall`, are left alone."""

    name = "unresolved-require"
    summary = "a `require` for which there is no file"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding for each; none where the site has a `require` of its own, or gives the module itself."""
        if any(each.is_global and each.target.text == b"require" for each in _assignments(code)):
            return
        given = set(_given(code))
        for require in code.requires:
            if require.problem and require.name not in given:
                yield require.chunk.finding(require.node, self.name, _message(require, code))


def _assignments(code: Code) -> Iterator[Assignment]:
    return (each for chunk in code.chunks.values() for each in chunk.names.assignments)


def _given(code: Code) -> Iterator[str]:
    """Yields the names that the site puts into `package.loaded` or `package.preload` itself."""
    for each in _assignments(code):
        table, name = index_of(each.target)
        if name is not None and table is not None and text_of(table) in ("package.loaded", "package.preload"):
            yield name


def _message(require: Require, code: Code) -> str:
    reason, *places = require.problem.split("\n\t")
    near = difflib.get_close_matches(require.name, code.modules, n=1)
    if near:
        return f"{reason} (did you mean '{near[0]}'?)"
    folders = [place for place in places if "is a folder" in place]
    searched = f"searched {', '.join(place.split(chr(39))[1] for place in places[:5:2])}" if len(places) > 1 else ""
    return f"{reason}; {'; '.join(folders) or searched or 'name a file of the site'}"
