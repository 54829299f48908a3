"""Chunks: one file of Lua that compiles, as a tree with its names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .comment import Comment
from .finding import Finding, printable
from .names import Names
from .text import Text

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Chunk", "literal"]

SPEC = "_spec.lua"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A file by its tracking key: its text, its tree, what its names mean, and the comments that speak to luahost."""

    key: str
    text: Text
    root: Node
    names: Names
    comments: tuple[Comment, ...] = ()

    @property
    def is_spec(self) -> bool:
        """Returns whether the file is a spec, which runs in a session of its own."""
        return self.key.endswith(SPEC)

    def finding(self, node: Node, lint: str, message: str) -> Finding:
        """Returns a finding at the beginning of a node."""
        line = node.start_point[0] + 1
        return Finding(printable(self.key), line, self.text.column(line, node.start_point[1]), lint, message)


def literal(node: Node | None) -> str | None:
    """Returns the text of a string that is written out; None for anything else, and for one with escapes."""
    if node is None or node.type != "string":
        return None
    content = node.child_by_field_name("content")
    if content is None:
        return ""
    raw = content.text or b""
    return None if b"\\" in raw else raw.decode(errors="surrogateescape")
