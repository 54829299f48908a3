"""What the records see of a session."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Protocol, TypeVar

__all__ = ["LastingSession", "Numbered"]

T = TypeVar("T")


class Numbered(Protocol):
    """A session's turns: each has a number, and what happened meanwhile shows in it."""

    number: int
    depth: int

    def is_mine(self) -> bool:
        """Whether the calling thread is in one."""


class LastingSession(Protocol):
    """A session that may ask for what was saved, and is saved then."""

    id: str
    key: str
    generation: int
    is_held: bool
    """Whether somebody sits at it, though not connected: it isn't idle."""

    @property
    def connections(self) -> Sized:
        """Who is connected."""

    @property
    def is_closed(self) -> bool:
        """Whether it has been closed."""

    @property
    def turns(self) -> Numbered:
        """Its turns."""

    def snapshot(self) -> bytes | None:
        """Returns its objects as bytes; None if there is nothing to save."""

    def run(self, work: Callable[[Any], T]) -> T:
        """Does `work(session)` as one turn."""

    def post(self, work: Callable[[], object]) -> None:
        """Does `work` on a thread of the pool, when the session is free."""

    def behind(self, work: Callable[[], object]) -> None:
        """Does `work` behind the present turn; now if the session is free."""

    def close(self) -> None:
        """Ends the session."""
