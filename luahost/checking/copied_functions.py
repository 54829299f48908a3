"""Copied functions: functions taken out of a prototype or module, which stay old when a reload brings new ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .chunk import Chunk
from .code import Code
from .declarations import fields_of, is_session
from .finding import Finding
from .methods import index_of
from .names import INDEXES, Assignment, Call, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["CopiedFunction", "CopiedMethod"]

MAKERS = frozenset({"create", "new"})


class CopiedMethod:
    """Finds copies of prototypes' functions that outlive the code they were made of.

    A local of a file that is filled at load keeps the function until that file runs again; a field of an object, or an
    interval, for ever. Prototypes, module tables, `session` and globals are left alone: there a reload replaces
    functions. So are specs, which no session keeps.
    """

    name = "copied-method"
    summary = "a function copied out of a prototype, which keeps old code after a reload"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each copy."""
        return _findings(code, "prototype", self.name)


class CopiedFunction:
    """Finds the same copies of functions in the tables that modules return."""

    name = "copied-function"
    summary = "a function copied out of a module, which keeps old code after a reload"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each copy."""
        return _findings(code, "module", self.name)


def _findings(code: Code, kind: str, lint: str) -> Iterator[Finding]:
    for chunk in code.chunks.values():
        for copy in _Copies(code, chunk, kind).all() if not chunk.is_spec else ():
            yield chunk.finding(copy.node, lint, copy.message)


@dataclass(frozen=True, slots=True)
class _Copy:
    """One copy: the expression that makes it, and what is wrong with it."""

    node: Node
    message: str


class _Copies:
    """Looks for copies in one file, of functions that stand in tables of one kind."""

    def __init__(self, code: Code, chunk: Chunk, kind: str) -> None:
        self._code = code
        self._chunk = chunk
        self._kind = kind

    def all(self) -> Iterator[_Copy]:
        """Yields the copies."""
        for assignment in self._chunk.names.assignments:
            files = self._files(assignment.value)
            if files and assignment.value is not None:
                yield from self._assigned(assignment, assignment.value, files)
        for call in self._chunk.names.calls:
            yield from self._handed(call)

    def _files(self, node: Node | None) -> frozenset[str]:
        """Returns the files that write the function which `table.name` reads; none if it is no such function."""
        table, name = index_of(node) if node is not None else (None, None)
        if table is None or name is None:
            return frozenset()
        meanings = self._code.meanings
        meaning = meanings.of(self._chunk, table) or meanings.of_self(self._chunk, table)
        if meaning is None or meaning.kind != self._kind:
            return frozenset()
        return self._code.methods.files(meaning, name)

    def _assigned(self, assignment: Assignment, value: Node, files: frozenset[str]) -> Iterator[_Copy]:
        target = assignment.target
        if assignment.is_global:
            return
        if assignment.function is None:
            if self._is_stale(files) and (assignment.is_local or not self._is_container(target)):
                yield _Copy(value, _stale(target, value, files))
        elif not assignment.is_local and self._is_lasting(target):
            yield _Copy(value, _kept(target, value))

    def _is_stale(self, files: frozenset[str]) -> bool:
        """Returns whether a reload of the function's file leaves this one, with its copy, as it is."""
        return not self._code.settings.cascade and self._chunk.key not in files

    def _is_container(self, target: Node) -> bool:
        """Returns whether a field is in a table where a reload replaces functions."""
        table, _ = index_of(target)
        if table is None or is_session(self._chunk, table) or self._code.meanings.of(self._chunk, table) is not None:
            return True
        return table.type == "identifier" and self._chunk.names.binding(table) is None

    def _is_lasting(self, target: Node) -> bool:
        """Returns whether a field belongs to an object that lives on when the function around it has ended."""
        table, _ = index_of(target)
        if table is None or self._is_container(target):
            return False
        binding = self._chunk.names.binding(table)
        if binding is None or binding.name == "self":
            return True
        return binding.value is not None and _is_maker(binding.value)

    def _handed(self, call: Call) -> Iterator[_Copy]:
        """Yields the copies that are handed to a new object, or to an interval."""
        arguments = call.node.child_by_field_name("arguments")
        for argument in arguments.named_children if arguments is not None else ():
            if argument.type == "table_constructor" and _is_maker(call.node):
                for field in fields_of(argument):
                    if self._files(field.value):
                        yield _Copy(field.value, _kept(field.node, field.value, field.name))
            elif _is_interval(self._chunk, call.node):
                files = self._files(argument)
                if files and (call.function is not None or self._is_stale(files)):
                    yield _Copy(argument, _ticking(argument))


def _is_maker(node: Node) -> bool:
    """Returns whether an expression makes an object: `session:create(…)`, `Thing:new(…)`."""
    callee = node.child_by_field_name("name") if node.type == "function_call" else None
    return callee is not None and callee.type in INDEXES and index_of(callee)[1] in MAKERS


def _is_interval(chunk: Chunk, node: Node) -> bool:
    callee = node.child_by_field_name("name")
    table, name = index_of(callee) if callee is not None else (None, None)
    return name == "setInterval" and is_session(chunk, table)


def _stale(target: Node, value: Node, files: frozenset[str]) -> str:
    return (
        f"`{_line(target)}` keeps the old `{_line(value)}` when {min(files)} is reloaded, until this file runs again: "
        f"call `{_line(value)}(…)` where it is needed"
    )


def _kept(target: Node, value: Node, field: str | None = None) -> str:
    return (
        f"`{field or _line(target)}` keeps this `{_line(value)}` for ever, after a reload too: store its name, "
        f'"{index_of(value)[1]}", and look the method up when it is called'
    )


def _ticking(value: Node) -> str:
    return (
        f"the interval keeps this `{_line(value)}`, after a reload too: "
        f'`session:setInterval(object, "{index_of(value)[1]}", ms)` looks the method up at each tick'
    )


def _line(node: Node) -> str:
    return " ".join(text_of(node).split())
