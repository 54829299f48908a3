"""Declarations: the prototypes that the files of a site declare by a name that is written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .chunk import Chunk, literal
from .names import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Declaration", "Field", "fields_of", "is_session", "read_declarations", "table_behind"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One `session:prototype(name, init, base)`. `name` is None where it is computed, `init` where it is no table."""

    chunk: Chunk
    node: Node
    name: str | None
    init: Node | None
    has_init: bool
    base: Node | None


@dataclass(frozen=True, slots=True)
class Field:
    """One `name = value` of a table that is written out; `name` is None for what stands in a list."""

    node: Node
    name: str | None
    value: Node


def read_declarations(chunk: Chunk) -> Iterator[Declaration]:
    """Yields the declarations in a chunk."""
    for call in chunk.names.calls:
        arguments = _arguments_of_prototype(chunk, call.node)
        if not arguments:
            continue
        init = arguments[1] if len(arguments) > 1 and text_of(arguments[1]) != "nil" else None
        yield Declaration(
            chunk,
            call.node,
            literal(arguments[0]),
            table_behind(chunk, init),
            init is not None,
            arguments[2] if len(arguments) > 2 else None,
        )


def is_session(chunk: Chunk, node: Node | None) -> bool:
    """Returns whether an expression is the global `session`, or a local that was given it."""
    if node is None or node.type != "identifier":
        return False
    binding = chunk.names.binding(node)
    if binding is None:
        return text_of(node) == "session"
    return not binding.is_written and binding.value is not None and is_session(chunk, binding.value)


def table_behind(chunk: Chunk, node: Node | None) -> Node | None:
    """Returns the table that is written out in an expression, or where a local got its only value."""
    if node is None or node.type == "table_constructor":
        return node
    binding = chunk.names.binding(node)
    if binding is None or binding.is_written or binding.value is None:
        return None
    return binding.value if binding.value.type == "table_constructor" else None


def fields_of(table: Node) -> Iterator[Field]:
    """Yields the fields of a table that is written out."""
    for node in table.named_children:
        value = node.child_by_field_name("value") if node.type == "field" else None
        if value is not None:
            yield Field(node, _field_name(node), value)


def _field_name(field: Node) -> str | None:
    name = field.child_by_field_name("name")
    if name is None:
        return None
    return literal(name) if field.children[0].type == "[" else text_of(name)


def _arguments_of_prototype(chunk: Chunk, call: Node) -> list[Node]:
    callee, arguments = call.child_by_field_name("name"), call.child_by_field_name("arguments")
    if callee is None or arguments is None or callee.type != "method_index_expression":
        return []
    method = callee.child_by_field_name("method")
    is_prototype = method is not None and text_of(method) == "prototype"
    if not is_prototype or not is_session(chunk, callee.child_by_field_name("table")):
        return []
    return [child for child in arguments.named_children if child.type != "comment"]
