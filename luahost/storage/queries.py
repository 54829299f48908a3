"""Queries: the SQL that stands in files, by name, as one database understands it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from operator import itemgetter
from typing import Any

from luahost.errors import SettingsError

__all__ = ["Query", "checked_prefix", "load_migrations", "load_queries", "statements_of"]

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,47}", re.ASCII)
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


@dataclass(frozen=True, slots=True)
class Query:
    """One statement, and the names of what it takes, in the order in which they are bound."""

    text: str
    parameters: tuple[str, ...]
    pick: Callable[[Mapping[str, Any]], Any]
    """Takes the values out of a mapping, in their order."""


def checked_prefix(prefix: str) -> str:
    """Returns the prefix of table names; raises SettingsError if it could mean more than a name."""
    if prefix and not _PREFIX.fullmatch(prefix):
        raise SettingsError(
            f"store: prefix={prefix!r} is not allowed; allowed: a letter or _, then at most 47 letters, digits or _"
        )
    return prefix


def load_queries(*, prefix: str, words: Mapping[str, str], mark: str) -> dict[str, Query]:
    """Returns the statements by name. `words` are what one database says in its own way; `mark` stands for a value."""
    text = _read("queries.sql")
    parts = _NAME.split(text)[1:]
    return {
        name: _query(statement, prefix=prefix, words=words, mark=mark)
        for name, statement in zip(parts[::2], parts[1::2], strict=True)
    }


def load_migrations(dialect: str) -> list[str]:
    """Returns the migrations of a database as this release has them, the oldest first: SQL with `{prefix}`."""
    folder = resources.files("luahost.storage").joinpath("sql", dialect)
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return [_read(f"{dialect}/{name}") for name in names]


def statements_of(migration: str, *, prefix: str) -> list[str]:
    """Returns the statements of a migration, each of which ends with a semicolon at the end of a line."""
    statements = (statement.strip() for statement in migration.replace("{prefix}", prefix).split(";\n"))
    return [statement for statement in statements if statement]


def _query(statement: str, *, prefix: str, words: Mapping[str, str], mark: str) -> Query:
    text = statement.strip().rstrip(";").replace("{prefix}", prefix)
    for word, meaning in words.items():
        text = text.replace("{" + word + "}", meaning)
    parameters = tuple(_PARAMETER.findall(text))
    return Query(_PARAMETER.sub(mark, text), parameters, _picking(parameters))


def _picking(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _read(name: str) -> str:
    return resources.files("luahost.storage").joinpath("sql", *name.split("/")).read_text(encoding="utf-8")
