"""Meanings: which prototype, or which module's table, an expression stands for, as far as that can be told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .chunk import Chunk
from .declarations import Declaration, read_declarations, table_behind
from .names import text_of
from .requires import required_name

if TYPE_CHECKING:
    from tree_sitter import Node

    from .code import Code

__all__ = ["Meaning", "Meanings", "returned_table"]

DEEPEST = 20
"""Through how many names a value is followed; a circle of files would go on for ever."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A prototype by its name, or the table that a file returns, by its key."""

    kind: Literal["prototype", "module"]
    name: str


class Meanings:
    """Answers what expressions of a site's code mean; None for whatever can't be told without running it."""

    def __init__(self, code: Code) -> None:
        self._code = code

    @cached_property
    def declarations(self) -> tuple[Declaration, ...]:
        """Returns the prototypes that the site declares."""
        return tuple(each for chunk in self._code.chunks.values() for each in read_declarations(chunk))

    def of(self, chunk: Chunk, node: Node | None, depth: int = 0) -> Meaning | None:
        """Returns what an expression means."""
        if node is None or depth > DEEPEST:
            return None
        if node.type == "parenthesized_expression":
            return self.of(chunk, node.named_children[0], depth + 1)
        if node.type == "function_call":
            return self._of_call(chunk, node, depth)
        if node.type == "table_constructor":
            return Meaning("module", chunk.key) if self._is_returned(chunk, node) else None
        return self._of_name(chunk, node, depth) if node.type == "identifier" else None

    def of_self(self, chunk: Chunk, node: Node | None) -> Meaning | None:
        """Returns the prototype or module whose method a `self` belongs to."""
        if node is None or node.type != "identifier":
            return None
        binding = chunk.names.binding(node)
        if binding is None or binding.owner is None or binding.is_written:
            return None
        return self.of(chunk, binding.owner)

    def _of_call(self, chunk: Chunk, node: Node, depth: int) -> Meaning | None:
        declaration = self._by_node.get((chunk.key, node.id))
        if declaration is not None:
            return Meaning("prototype", declaration.name) if declaration.name is not None else None
        name = required_name(chunk, node)
        key = self._keys.get((chunk.key, name)) if name is not None else None
        return self._of_module(key, depth) if key is not None else None

    def _of_module(self, key: str, depth: int) -> Meaning | None:
        required = self._code.chunks.get(key)
        if required is None or len(required.names.returned) != 1:
            return None
        return self.of(required, required.names.returned[0], depth + 1)

    def _of_name(self, chunk: Chunk, node: Node, depth: int) -> Meaning | None:
        binding = chunk.names.binding(node)
        if binding is not None:
            return None if binding.is_written else self.of(chunk, binding.value, depth + 1)
        found = self._globals.get(text_of(node))
        return self.of(*found, depth + 1) if found else None

    @staticmethod
    def _is_returned(chunk: Chunk, table: Node) -> bool:
        behind = returned_table(chunk)
        return behind is not None and behind.id == table.id

    @cached_property
    def _by_node(self) -> dict[tuple[str, int], Declaration]:
        return {(each.chunk.key, each.node.id): each for each in self.declarations}

    @cached_property
    def _keys(self) -> dict[tuple[str, str], str]:
        """Returns the file that each name means in each file."""
        return {(each.chunk.key, each.name): each.key for each in self._code.requires if each.key is not None}

    @cached_property
    def _globals(self) -> dict[str, tuple[Chunk, Node]]:
        """Returns the globals that are assigned in one place only, with their values."""
        found: dict[str, list[tuple[Chunk, Node | None]]] = {}
        for chunk in self._code.chunks.values():
            for each in chunk.names.assignments:
                if each.is_global:
                    found.setdefault(text_of(each.target), []).append((chunk, each.value))
        single = {name: values[0] for name, values in found.items() if len(values) == 1}
        return {name: (chunk, value) for name, (chunk, value) in single.items() if value is not None}


def returned_table(chunk: Chunk) -> Node | None:
    """Returns the table that is written out in a file and that the file returns."""
    returned = chunk.names.returned
    return table_behind(chunk, returned[0]) if len(returned) == 1 else None
