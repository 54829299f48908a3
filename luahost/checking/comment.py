"""Comments: the ones in which somebody allows what a lint finds: `-- luahost: allow(shared-table-default)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .text import Text

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Allowed", "Comment", "allowed_names", "comments_of"]

ALLOW = re.compile(r"luahost:\s*allow\(([^)]*)\)")
MARK = b"luahost:"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its place; `is_alone` where no code stands before it on its line."""

    line: int
    column: int
    text: str
    is_alone: bool


def allowed_names(comment: Comment) -> tuple[str, ...]:
    """Returns the names of lints that a comment allows."""
    return tuple(name.strip() for found in ALLOW.findall(comment.text) for name in found.split(","))


def comments_of(root: Node, text: Text) -> tuple[Comment, ...]:
    """Returns the comments of a chunk that speak to luahost."""
    if MARK not in text.raw:
        return ()
    found, left = [], [root]
    while left:
        node = left.pop()
        if node.type != "comment":
            left += node.children
        elif MARK in (node.text or b""):
            found.append(_comment(node, text))
    return tuple(found)


def _comment(node: Node, text: Text) -> Comment:
    line, offset = node.start_point[0] + 1, node.start_point[1]
    before = text.line(line)[:offset]
    content = (node.text or b"").decode(errors="replace")
    return Comment(line, text.column(line, offset), content, is_alone=not before.strip())


class Allowed:
    """Which lints the comments of a file allow on which lines.

    A comment speaks for its own line; if it stands there alone, for the next one, too, that isn't such a comment.
    """

    def __init__(self, comments: Iterable[Comment]) -> None:
        self._by_line: Mapping[int, frozenset[str]] = _by_line(list(comments))

    def is_allowed(self, line: int, lint: str) -> bool:
        """Returns whether a lint may find something on a line."""
        return lint in self._by_line.get(line, ())


def _by_line(comments: list[Comment]) -> dict[int, frozenset[str]]:
    alone = {comment.line for comment in comments if comment.is_alone}
    lines: dict[int, frozenset[str]] = {}
    for comment in comments:
        line = comment.line
        while comment.is_alone and line in alone:
            line += 1
        for each in {comment.line, line}:
            lines[each] = lines.get(each, frozenset()) | frozenset(allowed_names(comment))
    return lines
