"""Methods: the functions of prototypes and of modules' tables, and the files that write them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .chunk import Chunk, literal
from .declarations import fields_of
from .meanings import Meaning, Meanings, returned_table
from .names import FUNCTIONS, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

    from .code import Code

__all__ = ["Methods", "index_of"]


class Methods:
    """Answers where the functions in a prototype or module's table are written."""

    def __init__(self, code: Code, meanings: Meanings) -> None:
        self._code = code
        self._meanings = meanings

    def files(self, meaning: Meaning, name: str) -> frozenset[str]:
        """Returns the files that write a function, of its own or inherited; none if there is no such function."""
        seen: set[Meaning] = set()
        at: Meaning | None = meaning
        while at is not None and at not in seen:
            seen.add(at)
            found = self._files.get((at, name))
            if found:
                return frozenset(found)
            at = self._base(at)
        return frozenset()

    def _base(self, meaning: Meaning) -> Meaning | None:
        named = self._bases.get(meaning.name) if meaning.kind == "prototype" else None
        if named is not None or meaning.kind == "module" or meaning.name == "Object":
            return named
        return Meaning("prototype", "Object")

    @cached_property
    def _bases(self) -> dict[str, Meaning | None]:
        return {
            each.name: self._meanings.of(each.chunk, each.base)
            for each in self._meanings.declarations
            if each.name is not None and each.base is not None
        }

    @cached_property
    def _files(self) -> dict[tuple[Meaning, str], set[str]]:
        files: dict[tuple[Meaning, str], set[str]] = {}
        for meaning, name, key in [*self._assigned(), *self._written_out()]:
            files.setdefault((meaning, name), set()).add(key)
        return files

    def _assigned(self) -> list[tuple[Meaning, str, str]]:
        """Returns the functions in `function P:name()`, `function P.name()` and `P.name = function()`."""
        found = []
        for chunk in self._code.chunks.values():
            for each in chunk.names.assignments:
                table, name = index_of(each.target)
                meaning = self._meanings.of(chunk, table)
                if meaning is not None and name is not None and is_function(chunk, each.value):
                    found.append((meaning, name, chunk.key))
        return found

    def _written_out(self) -> list[tuple[Meaning, str, str]]:
        """Returns the functions in prototypes' init tables, and in the tables that modules return."""
        tables = [
            (Meaning("prototype", each.name), each.chunk, each.init)
            for each in self._meanings.declarations
            if each.name is not None and each.init is not None
        ]
        for chunk in self._code.chunks.values():
            table = returned_table(chunk)
            if table is not None:
                tables.append((Meaning("module", chunk.key), chunk, table))
        return [
            (meaning, field.name, chunk.key)
            for meaning, chunk, table in tables
            for field in fields_of(table)
            if field.name is not None and is_function(chunk, field.value)
        ]


def index_of(node: Node) -> tuple[Node | None, str | None]:
    """Returns table and name of `table.name`, `table:name` or `table["name"]`; nothing of anything else."""
    if node.type in ("dot_index_expression", "method_index_expression"):
        name = node.child_by_field_name("field") or node.child_by_field_name("method")
        return node.child_by_field_name("table"), text_of(name) if name is not None else None
    if node.type == "bracket_index_expression":
        return node.child_by_field_name("table"), literal(node.child_by_field_name("field"))
    return None, None


def is_function(chunk: Chunk, node: Node | None) -> bool:
    """Returns whether an expression is a function, or a local that was given one."""
    if node is None:
        return False
    if node.type in FUNCTIONS:
        return True
    binding = chunk.names.binding(node)
    return binding is not None and not binding.is_written and is_function(chunk, binding.value)
