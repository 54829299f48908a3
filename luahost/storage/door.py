"""The door to an SQL database: the little that differs from one to the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from luahost.storage.port import Capabilities

__all__ = ["Door", "Run"]

Run = Callable[..., list[tuple[Any, ...]]]
"""`run(name, **values)`: runs a named query in the transaction, and returns its rows."""


class Door(Protocol):
    """One database. `writing` and `reading` are transactions; both raise Unavailable, and `writing` Ambiguous."""

    capabilities: Capabilities

    def writing(self) -> AbstractContextManager[Run]:
        """A transaction that is durable when it is left, and taken back if it is left by an error."""

    def reading(self) -> AbstractContextManager[Run]:
        """A transaction that sees one state and changes nothing."""

    def integrity(self) -> list[str]:
        """Returns what the database says is wrong with itself."""

    def backup(self, target: Path) -> None:
        """Writes a copy of the database while it is in use."""

    def close(self) -> None:
        """Lets go of connections."""
