"""Pages: the view definitions and HTML pages of a site, with the attributes that bind them to a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from luahost.loading.site import Site

from .comment import Comment
from .finding import Finding, printable
from .listing import list_files
from .reading import read_file

__all__ = ["PREFIX", "VIEW_DEFINITIONS", "Attribute", "Page", "Pages", "read_pages"]

VIEW_DEFINITIONS = "viewdefs"
FOLDERS = (VIEW_DEFINITIONS, "html")
SUFFIX = ".html"
PREFIX = "ui-"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute that begins with `ui-`; `beside` are the names of all such of its element."""

    tag: str
    name: str
    value: str
    line: int
    column: int
    beside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Page:
    """One file of HTML, by its path in the site."""

    file: str
    attributes: tuple[Attribute, ...]
    comments: tuple[Comment, ...]

    def finding(self, attribute: Attribute, lint: str, message: str) -> Finding:
        """Returns a finding at an attribute."""
        return Finding(printable(self.file), attribute.line, attribute.column, lint, message)


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a site, what could not be read of them, and what was left out."""

    pages: tuple[Page, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def read_pages(site: Site) -> Pages:
    """Returns the pages in the site's `viewdefs/` and `html/`."""
    listing = list_files(site, FOLDERS, SUFFIX)
    pages, findings, notes = [], listing.findings, []
    for file, key in listing.keys.items():
        reading = read_file(site.path(key), file)
        findings += reading.findings
        notes += [reading.note] if reading.note else []
        if reading.text is not None:
            pages.append(_page(file, reading.text.raw.decode(errors="replace")))
    return Pages(tuple(pages), tuple(findings), tuple(notes))


def _page(file: str, text: str) -> Page:
    reader = _Reader(text)
    reader.feed(text)
    reader.close()
    return Page(file, tuple(reader.attributes), tuple(reader.comments))


class _Reader(HTMLParser):
    """Collects attributes and comments, with their places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[Attribute] = []
        self.comments: list[Comment] = []
        self._lines = text.split("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes an element."""
        names = frozenset(name for name, _ in attrs if name.startswith(PREFIX))
        places = self._places(attrs)
        for (name, value), (line, column) in zip(attrs, places, strict=True):
            if name in names:
                self.attributes.append(Attribute(tag, name, value or "", line, column, names))

    def handle_comment(self, data: str) -> None:
        """Takes a comment."""
        line, offset = self.getpos()
        before = self._lines[line - 1][:offset] if line <= len(self._lines) else ""
        self.comments.append(Comment(line, offset + 1, data, is_alone=not before.strip()))

    def _places(self, attrs: list[tuple[str, str | None]]) -> Iterator[tuple[int, int]]:
        """Yields line and column of each attribute of the element that was begun."""
        text, (line, offset) = self.get_starttag_text() or "", self.getpos()
        at = 0
        for name, _ in attrs:
            found = re.compile(rf"(?<=[\s/\"']){re.escape(name)}(?=[\s=/>])", re.IGNORECASE).search(text, at)
            at = found.end() if found else at
            before = text[: found.start() if found else 0]
            is_first = "\n" not in before
            column = (offset if is_first else 0) + len(before.rpartition("\n")[2]) + 1
            yield line + before.count("\n"), column
