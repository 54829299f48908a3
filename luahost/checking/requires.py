"""Requires: which modules the files of a site ask for by a name that is written out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luahost.errors import ModuleNotFound
from luahost.loading.site import Site

from .chunk import Chunk, literal
from .names import Call, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Require", "libraries_of", "read_requires", "required_name"]

LIBRARIES = frozenset({"_G", "coroutine", "debug", "io", "math", "os", "package", "string", "table"})
"""What `require` answers on every VM without a file."""

OWN_LIBRARIES = {"lua54": frozenset({"utf8"}), "lua55": frozenset({"utf8"}), "luajit21": frozenset({"bit"})}


@dataclass(frozen=True, slots=True)
class Require:
    """One `require("name")`. `key` is the file that it loads, None for a library or what is not found.

    `is_at_load`: it is done while the file is loaded, and not later in a function. `problem` says why a module is
    not found; not where a `pcall` expects that.
    """

    chunk: Chunk
    node: Node
    name: str
    key: str | None
    is_at_load: bool
    problem: str = ""


def libraries_of(vm: str) -> frozenset[str]:
    """Returns the names that `require` answers without a file."""
    return LIBRARIES | OWN_LIBRARIES[vm]


def read_requires(chunk: Chunk, site: Site, vm: str) -> Iterator[Require]:
    """Yields the requires of a chunk whose name is known."""
    for call in chunk.names.calls:
        name_node, is_guarded = _name_of(chunk, call)
        name = literal(name_node)
        if name_node is None or name is None:
            continue
        key, problem = (None, "") if name in libraries_of(vm) else _located(site, name)
        is_at_load = call.function is None
        yield Require(chunk, name_node, name, key, is_at_load, "" if is_guarded else problem)


def required_name(chunk: Chunk, call: Node) -> str | None:
    """Returns the name in `require("name")`; None if the call is none."""
    arguments = _arguments(call)
    return literal(arguments[0]) if arguments and _is_require(chunk, call.child_by_field_name("name")) else None


def _name_of(chunk: Chunk, call: Call) -> tuple[Node | None, bool]:
    """Returns the argument that names the module, and whether an error of it is caught."""
    callee, arguments = call.node.child_by_field_name("name"), _arguments(call.node)
    if not arguments or callee is None:
        return None, False
    if _is_require(chunk, callee):
        return arguments[0], call.function is not None and call.function.id in chunk.names.guarded
    if text_of(callee) in ("pcall", "xpcall") and _is_require(chunk, arguments[0]):
        return arguments[-1], True
    return None, False


def _arguments(call: Node) -> list[Node]:
    listed = call.child_by_field_name("arguments")
    return [child for child in listed.named_children if child.type != "comment"] if listed else []


def _is_require(chunk: Chunk, callee: Node | None) -> bool:
    return (
        callee is not None
        and callee.type == "identifier"
        and text_of(callee) == "require"
        and chunk.names.binding(callee) is None
    )


def _located(site: Site, name: str) -> tuple[str | None, str]:
    try:
        return site.locate(name), ""
    except ModuleNotFound as error:
        return None, error.message
