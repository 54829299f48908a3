"""Kept: what is known of one session that is saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from luahost.errors import LuaHostError
from luahost.records.lasting import LastingSession
from luahost.storage.port import Lease

__all__ = ["Kept", "Save"]

Saved = Callable[[LuaHostError | None], None]
"""Called when a save is durable, with None; or with what refused it."""


@dataclass(slots=True)
class Save:
    """One snapshot on its way, and who waits for it. `releases`: it is the session's last, and lets its lease go."""

    payload: bytes
    releases: bool = False
    waiting: list[Saved] = field(default_factory=list)


@dataclass(slots=True)
class Kept:
    """The record of one session. `digest` and `rev` are those of the last save that is durable.

    Invariant: at most one save is `running` and one is `next`; a newer one takes the place of `next`, with all who wait
    for that.
    """

    key: str
    session: str = ""
    generation: int = 0
    """What it was known by, and how many reloads it had taken, when it was looked at last; empty before it was."""

    lease: Lease | None = None
    digest: bytes = b""
    rev: int = 0
    meta: dict[str, object] = field(default_factory=dict)
    """Fields that the next save is to write."""

    loaded: bytes = b""
    """What was loaded, until it is sure that the session has taken it up."""

    salvaged: Path | None = None
    """The file that it was loaded from, to be removed when it is saved."""

    running: Save | None = None
    next: Save | None = None
    is_lost: bool = False
    refused: str = ""
    """What keeps it from being saved, so that it is told once."""

    taken: int = -1
    """The number of the session's turns when the last snapshot was taken; -1: that one didn't become durable."""

    is_due: bool = False
    """A save has been asked for, and its turn hasn't come yet."""

    changed_s: float | None = None
    """When the first turn after the last snapshot was seen."""

    seen: int = -1
    seen_s: float = 0.0
    """The newest turn that was seen, and when."""

    not_before_s: float = 0.0
    accessed_s: float = 0.0
    """When the record was told last that the session is in use."""

    def see(self, session: LastingSession) -> None:
        """Notes who it is."""
        self.session, self.generation = session.id, session.generation

    @property
    def named(self) -> dict[str, str | int]:
        """What a log line about the session carries."""
        return {"session": self.session, "generation": self.generation, "key": self.key}
