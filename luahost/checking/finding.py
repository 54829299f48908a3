"""Findings: what a lint has to say of one place in a file."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "finding_of_file"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong. `line` and `column` count from 1, columns in characters; `lint` is its stable name.

    Findings sort by their place.
    """

    file: str
    line: int
    column: int
    lint: str
    message: str


def finding_of_file(key: str, lint: str, message: str) -> Finding:
    """Returns a finding that is about a whole file or folder: it stands at its beginning."""
    return Finding(printable(key), 1, 1, lint, message)


def printable(key: str) -> str:
    """Returns a path as it can be printed: in place of bytes that are no UTF-8 stands a question mark."""
    return key.encode(errors="surrogateescape").decode(errors="replace")
