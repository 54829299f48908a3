"""The door to an SQL database: the little that differs from one to the other."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from luahost.storage.port import Capabilities

__all__ = ["Door", "Rows", "Run"]

Rows = Sequence[MutableMapping[str, Any]]
"""The values of one statement that runs several times, and room for those that the database adds."""

Run = Callable[..., list[tuple[Any, ...]]]
"""`run(name, **values)`: runs a named query in the transaction, and returns its rows.

`run(name, rows=…)` runs it once for each mapping of values, and returns none.
"""


class Door(Protocol):
    """One database. `writing` and `reading` are transactions; both raise Unavailable, and `writing` Ambiguous."""

    capabilities: Capabilities

    def writing(self, *, is_durable: bool = True) -> AbstractContextManager[Run]:
        """A transaction that is durable when it is left, and taken back if it is left by an error.

        `is_durable` False allows it to be lost in a power cut, if that also ends whoever may know of it.
        """

    def reading(self) -> AbstractContextManager[Run]:
        """A transaction that sees one state and changes nothing."""

    def integrity(self) -> list[str]:
        """Returns what the database says is wrong with itself."""

    def backup(self, target: Path) -> None:
        """Writes a copy of the database while it is in use."""

    def close(self) -> None:
        """Lets go of connections."""
