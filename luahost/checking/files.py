"""Files: what reading a site tells by itself: what can't be reached, read, understood or compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .code import Code
from .finding import Finding

__all__ = ["FILE_LINTS", "FileLint"]


@dataclass(frozen=True)
class FileLint:
    """Yields what reading the site has found under one name."""

    name: str
    summary: str

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields the findings that are there already."""
        return (finding for finding in code.findings if finding.lint == self.name)


FILE_LINTS = (
    FileLint("syntax", "what the site's VM doesn't compile"),
    FileLint("unreadable", "a file, folder or link that can't be read, or is no text"),
    FileLint("not-utf8", "text that is not UTF-8"),
    FileLint("link-circle", "a link to a folder that it is in"),
)
