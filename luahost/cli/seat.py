"""The seat: where somebody sits who types, at a host of this process or attached to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from luahost.completion import Name

__all__ = ["Seat"]


class Seat(Protocol):
    """Does what is typed, and shows what comes of it. Raises LuaHostError where nothing is said of that."""

    def evaluate(self, text: str, *, name: str, line: int) -> bool:
        """Shows what a text answers that stands at a line under a name; returns whether there was a session for it.

        Ctrl-C ends the turn, and raises KeyboardInterrupt.
        """

    def complete(self, text: str) -> Sequence[Name]:
        """Returns the names that can follow a text; soon, and nothing where that can't be."""

    def is_incomplete(self, text: str) -> bool:
        """Returns whether more lines could complete a text; soon, and False where nobody knows."""

    def reload(self) -> bool:
        """Reloads what changed on disk; returns whether all went well."""

    def undo(self) -> bool:
        """Takes the last reload back; returns whether all went well."""

    def show_sessions(self) -> None:
        """Shows the sessions of the host."""

    def kill(self, id: str) -> bool:
        """Ends the turn that a session runs now; returns whether there is such a session."""
