"""The overview: who is alive and how each is, and what a session has."""

from __future__ import annotations

from typing import Any

from luahost.inspection.plain import plain
from luahost.session import Session

__all__ = ["objects_of", "session_row"]


def session_row(session: Session) -> dict[str, Any]:
    """Returns what can be told of a session without a turn of it."""
    return {
        "id": session.id,
        "key": session.key,
        "generation": session.generation,
        "memory_kb": session.memory_bytes // 1024,
        "is_busy": session.turns.depth > 0,
        "peers": len(session.connections),
    }


def objects_of(session: Session) -> dict[str, Any]:
    """Returns prototypes, modules, timers and mutations that wait, in a turn of the session; raises LuaHostError."""
    described: dict[str, Any] = plain(session.describe())
    return described
