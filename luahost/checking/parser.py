"""The parser: Lua text to a tree, by tree-sitter. The only place that loads the library."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from luahost.errors import ExtraMissing

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Parser"]

NEEDED = ("tree_sitter", "tree_sitter_lua")


class Parser:
    """Parses Lua of all versions: goto, attributes, integers, Lua 5.5's `global`, LuaJIT's numbers."""

    def __init__(self) -> None:
        """Loads the grammar; raises ExtraMissing where the library is not installed."""
        missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
        if missing:
            raise ExtraMissing(f"checking needs {', '.join(missing)}: pip install 'luahost[check]'")
        import tree_sitter
        import tree_sitter_lua

        self._parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))

    def parse(self, text: bytes) -> Node:
        """Returns the root of the tree; where the text isn't understood, it `has_error`."""
        return self._parser.parse(text).root_node
