"""Names: which local variable, or global, each name in a chunk means; its calls and assignments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Assignment", "Binding", "Call", "Names", "read_names", "text_of"]

NAMES = frozenset({"identifier", "global"})
"""`global` is a word of Lua 5.5, and a name like others in expressions of the rest."""

INDEXES = frozenset({"dot_index_expression", "method_index_expression"})
FUNCTIONS = frozenset({"function_declaration", "function_definition"})
ENVIRONMENT = "_ENV"


@dataclass(slots=True, eq=False)
class Binding:
    """A local variable. `value` is what it got when it was declared, None if that can't be told.

    `owner` is set for the `self` of a method: the table in whose field the method stands.
    """

    name: str
    value: Node | None = None
    owner: Node | None = None
    is_written: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call; `function` is the innermost function around it, None in the main chunk, which runs at load."""

    node: Node
    function: Node | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value given to a variable or field. A declaration of a function is one, too."""

    target: Node
    value: Node | None
    function: Node | None
    is_local: bool = False
    is_global: bool = False


@dataclass(slots=True)
class Names:
    """What is known of a chunk's names. `declared` are those that Lua 5.5's `global` declares."""

    calls: list[Call] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    returned: list[Node] = field(default_factory=list)
    globals_read: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    guarded: set[int] = field(default_factory=set)
    bindings: dict[int, Binding] = field(default_factory=dict)

    def binding(self, node: Node) -> Binding | None:
        """Returns the local variable that a name means; None for a global."""
        return self.bindings.get(node.id)


def read_names(root: Node) -> Names:
    """Returns the names of a chunk that Lua has compiled, so that it nests no deeper than Lua allows."""
    walk = _Walk()
    walk.block([root])
    return walk.names


def text_of(node: Node) -> str:
    """Returns a node's text."""
    return (node.text or b"").decode(errors="replace")


class _Walk:
    """Goes through a chunk in the order in which names come into being."""

    def __init__(self) -> None:
        self.names = Names()
        self._scopes: list[dict[str, Binding | None]] = []  # None: Lua 5.5's `global` hides a local
        self._functions: list[Node] = []

    def block(self, nodes: Iterable[Node], bound: Sequence[Binding] = ()) -> None:
        """Walks the statements below some nodes, which see each other's names."""
        self._scopes.append({binding.name: binding for binding in bound})
        for node in nodes:
            for statement in node.named_children:
                self._statement(statement)
        self._scopes.pop()

    def _statement(self, node: Node) -> None:
        handle = {
            "variable_declaration": self._declaration,
            "assignment_statement": self._assignment,
            "function_declaration": self._function_declaration,
            "for_statement": self._for,
            "repeat_statement": self._repeat,
            "return_statement": self._return,
        }.get(node.type, self._compound)
        handle(node)

    def _compound(self, node: Node) -> None:
        """Walks a statement that is made of conditions and blocks, or is a call."""
        if node.type == "function_call":
            self._expression(node)
            return
        for child in node.named_children:
            if child.type == "block":
                self.block([child])
            elif child.type in ("elseif_statement", "else_statement"):
                self._compound(child)
            elif node.type not in ("goto_statement", "label_statement", "implicit_variable_declaration"):
                self._expression(child)

    def _declaration(self, node: Node) -> None:
        is_global = node.children[0].type == "global"
        content = node.named_children[-1]
        for expression in _values(content):
            self._expression(expression)
        for target, value in _pairs(content):
            self._declare(target, value, is_global=is_global)

    def _declare(self, target: Node, value: Node | None, *, is_global: bool) -> None:
        name = text_of(target)
        if is_global:
            self.names.declared.add(name)
            self._scopes[-1][name] = None
            if value is not None:
                self._note(target, value, is_global=True)
            return
        self._bind(target, Binding(name, value))
        self._note(target, value, is_local=True)

    def _bind(self, target: Node, binding: Binding) -> None:
        self._scopes[-1][binding.name] = binding
        self.names.bindings[target.id] = binding

    def _assignment(self, node: Node) -> None:
        for expression in _values(node):
            self._expression(expression)
        for target, value in _pairs(node):
            self._assign(target, value)

    def _assign(self, target: Node, value: Node | None) -> None:
        if target.type not in NAMES:
            self._expression(target)
            self._note(target, value)
            return
        binding = self._find(text_of(target))
        if binding is not None:
            binding.is_written = True
            self.names.bindings[target.id] = binding
        is_global = binding is None and self._find(ENVIRONMENT) is None
        self._note(target, value, is_global=is_global, is_local=binding is not None)

    def _function_declaration(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            return
        if node.children[0].type in ("local", "global"):
            self._declare(name, node, is_global=node.children[0].type == "global")
        else:
            self._assign(name, node)
        self._function(node, name.child_by_field_name("table") if name.type in INDEXES else None)

    def _function(self, node: Node, owner: Node | None = None) -> None:
        name, parameters = node.child_by_field_name("name"), node.child_by_field_name("parameters")
        bound = []
        if name is not None and name.type == "method_index_expression":
            bound.append(Binding("self", owner=owner))
        for parameter in parameters.children_by_field_name("name") if parameters else ():
            is_self = owner is not None and text_of(parameter) == "self"
            bound.append(Binding(text_of(parameter), owner=owner if is_self else None))
        self._functions.append(node)
        body = node.child_by_field_name("body")
        self.block([body] if body else [], bound)
        self._functions.pop()

    def _for(self, node: Node) -> None:
        clause, body = node.child_by_field_name("clause"), node.child_by_field_name("body")
        bound = []
        for child in clause.named_children if clause else ():
            if child.type == "variable_list":
                bound += [Binding(text_of(name)) for name in child.children_by_field_name("name")]
            elif not bound and child.type in NAMES:
                bound.append(Binding(text_of(child)))
            else:
                self._expression(child)
        self.block([body] if body else [], bound)

    def _repeat(self, node: Node) -> None:
        """Walks a loop whose condition sees the names of its body."""
        body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
        self._scopes.append({})
        for statement in body.named_children if body else ():
            self._statement(statement)
        if condition is not None:
            self._expression(condition)
        self._scopes.pop()

    def _return(self, node: Node) -> None:
        for value in _values(node):
            self._expression(value)
            if not self._functions:
                self.names.returned.append(value)

    def _expression(self, node: Node) -> None:
        """Walks an expression; a long chain of operators nests deeper than Python would."""
        stack = [node]
        while stack:
            at = stack.pop()
            if at.type in NAMES:
                self._read(at)
            elif at.type in INDEXES:
                stack += at.children_by_field_name("table")
            elif at.type == "function_definition":
                self._function(at, self._owner(at))
            elif at.type == "field":
                stack += [child for child in at.named_children if _is_value(at, child)]
            else:
                if at.type == "function_call":
                    self._call(at)
                stack += reversed(at.named_children)

    def _owner(self, function: Node) -> Node | None:
        """Returns the table of `table.name = function(self) … end`."""
        values = function.parent
        statement = values.parent if values else None
        if values is None or statement is None or statement.type != "assignment_statement":
            return None
        target = next((target for target, value in _pairs(statement) if value == function), None)
        return target.child_by_field_name("table") if target is not None and target.type in INDEXES else None

    def _call(self, node: Node) -> None:
        self.names.calls.append(Call(node, self._functions[-1] if self._functions else None))
        callee, arguments = node.child_by_field_name("name"), node.child_by_field_name("arguments")
        if callee is not None and arguments is not None and text_of(callee) in ("pcall", "xpcall"):
            self.names.guarded |= {argument.id for argument in arguments.named_children}

    def _read(self, node: Node) -> None:
        binding = self._find(text_of(node))
        if binding is not None:
            self.names.bindings[node.id] = binding
        else:
            self.names.globals_read.add(text_of(node))

    def _find(self, name: str) -> Binding | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def _note(self, target: Node, value: Node | None, *, is_local: bool = False, is_global: bool = False) -> None:
        function = self._functions[-1] if self._functions else None
        self.names.assignments.append(Assignment(target, value, function, is_local=is_local, is_global=is_global))


def _pairs(node: Node) -> Iterator[tuple[Node, Node | None]]:
    """Yields the variables on the left with their values on the right; None where a call gives several, or none is."""
    targets = node if node.type == "variable_list" else _child(node, "variable_list")
    values = _values(node)
    for at, target in enumerate(targets.children_by_field_name("name") if targets else ()):
        yield target, values[at] if at < len(values) else None


def _values(node: Node) -> list[Node]:
    """Returns the expressions on the right of an assignment, or behind `return`."""
    listed = _child(node, "expression_list")
    return [child for child in listed.named_children if child.type != "comment"] if listed else []


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.named_children if child.type == kind), None)


def _is_value(field: Node, child: Node) -> bool:
    """Returns whether a part of a table's field is an expression: all but the name in `name = value`."""
    return field.children[0].type == "[" or child != field.child_by_field_name("name") or len(field.children) == 1
