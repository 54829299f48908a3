"""Annotations: which classes and fields a site's own sources describe already.

What is described twice is reported as a mistake by the language server, in the source. So stubs leave that out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["annotated"]

CLASS = re.compile(r"^\s*---\s*@class\s+(?:\(\w+\)\s*)?([\w.]+)")
FIELD = re.compile(r"^\s*---\s*@field\s+(?:(?:private|protected|public|package)\s+)?([\w]+)")


def annotated(sources: Iterable[str]) -> Mapping[str, set[str]]:
    """Returns the fields that sources describe, by class; a class without any has the empty set."""
    found: dict[str, set[str]] = {}
    for source in sources:
        current: set[str] | None = None
        for line in source.splitlines():
            if begun := CLASS.match(line):
                current = found.setdefault(begun[1], set())
            elif not line.lstrip().startswith("---"):
                current = None
            elif current is not None and (field := FIELD.match(line)):
                current.add(field[1])
    return found
