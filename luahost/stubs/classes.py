"""Classes: the prototypes of a live session as annotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Class", "classes_of", "classes_stub"]

HEAD = """\
---@meta _

-- The prototypes of a session of this site. `luahost stubs --from APP` writes this file anew.
"""
NAME = re.compile(r"^[A-Za-z_][\w.]*$", re.ASCII)
KEYWORDS = frozenset(
    """
    and break do else elseif end false for function goto if in local nil not or repeat return then true until while
    """.split()  # noqa: SIM905
)
CHANGE = "luahost.Change"


@dataclass(frozen=True, slots=True)
class Class:
    """A prototype: its name and base, where it is declared, its fields' types, its methods' parameters."""

    name: str
    base: str | None
    module: str | None
    fields: Mapping[str, str]
    methods: Mapping[str, tuple[str, ...]]

    def without(self, fields: set[str]) -> Class:
        """Returns what is left for a class that the site's sources describe: its other fields, and no method.

        A method of a described class is found by the language server where it is defined.
        """
        others = {name: type_ for name, type_ in self.fields.items() if name not in fields}
        return Class(self.name, self.base, self.module, others, {})


def classes_of(described: Iterable[Mapping[str, Any]]) -> list[Class]:
    """Returns the classes in what `Session.describe(is_deep=True)` answers, but those that no annotation can name."""
    return [_class(entry) for entry in described if NAME.match(entry["name"])]


def _class(entry: Mapping[str, Any]) -> Class:
    return Class(
        entry["name"],
        entry["base"] or None,
        entry["module"] or None,
        {field["name"]: field["type"] for field in entry["fields"]},
        {method["name"]: tuple(method["parameters"]) for method in entry["methods"]},
    )


def classes_stub(classes: Iterable[Class], annotated: Mapping[str, set[str]]) -> str:
    """Returns the text of a stub with the classes, less what is `annotated` already: fields by class."""
    parts = [HEAD]
    for each in classes:
        is_described = each.name in annotated
        left = each.without(annotated[each.name]) if is_described else each
        if left.fields or not is_described:
            parts.append("".join(_lines(left)))
    return "\n".join(parts)


def _lines(each: Class) -> Iterator[str]:
    if each.module:
        yield f"--- Declared in {each.module}.\n"
    yield f"---@class {each.name}{f': {each.base}' if each.base else ''}\n"
    for name, type_ in each.fields.items():
        if name not in KEYWORDS:
            yield f"---@field {'protected ' if name.startswith('_') else ''}{name} {type_}\n"
    for name, parameters in each.methods.items():
        if name not in KEYWORDS:
            yield f"---@field {name} {_function(each.name, name, parameters)}\n"


def _function(owner: str, method: str, parameters: tuple[str, ...]) -> str:
    """Returns a method's type. What `new` answers is known, and what `mutate` gets; the rest may be anything."""
    types = {"self": owner, "...": "any", **({"change": CHANGE} if method == "mutate" else {})}
    listed = ", ".join(f"{name}: {types[name]}" if name in types else f"{name}?: any" for name in parameters)
    return f"fun({listed}): {owner if method == 'new' else 'any'}"
