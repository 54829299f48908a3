"""Shared defaults: tables in a prototype's init, which all its instances have in common."""

from __future__ import annotations

from collections.abc import Iterator

from .code import Code
from .declarations import Declaration, Field, fields_of
from .finding import Finding
from .names import FUNCTIONS

__all__ = ["SharedTableDefault"]

RESERVED = frozenset({"type", "new"})


class SharedTableDefault:
    """Finds table defaults. The init table becomes the prototype, so that instances read its tables, not copies.

    A table that holds functions is there to be shared; so is one that is given a metatable, which isn't written out.
    """

    name = "shared-table-default"
    summary = "a table as a prototype's default, which all instances share"

    def look(self, code: Code) -> Iterator[Finding]:
        """Yields a finding at each such field."""
        for declaration in code.meanings.declarations:
            for field in fields_of(declaration.init) if declaration.init is not None else ():
                if _is_shared(field):
                    yield declaration.chunk.finding(field.node, self.name, _message(declaration, field))


def _is_shared(field: Field) -> bool:
    if field.name is None or field.name in RESERVED or field.name.startswith("__"):
        return False
    return field.value.type == "table_constructor" and not _has_functions(field)


def _has_functions(field: Field) -> bool:
    return any(entry.value.type in FUNCTIONS for entry in fields_of(field.value))


def _message(declaration: Declaration, field: Field) -> str:
    name = declaration.name
    owner = f"'{name}'" if name is not None else "this prototype"
    return (
        f"the table `{field.name}` is one for all instances of {owner}: write `{field.name} = EMPTY` and make a table "
        f"in `new` and `mutate`; or, if all are to share it, assign it to the prototype after the declaration"
    )
