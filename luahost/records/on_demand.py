"""Saving on demand: a caller who waits until a session is durable."""

from __future__ import annotations

import threading

from luahost.errors import LuaHostError, Unavailable
from luahost.records.keeper import Keeper
from luahost.records.lasting import LastingSession

__all__ = ["save_now"]


def save_now(session: LastingSession, keeper: Keeper, wait_s: float) -> None:
    """Saves a session and returns when that is durable; raises what refused it. Within its turn: behind that."""
    if session.turns.is_mine():
        session.behind(lambda: keeper.try_save(session))
        return
    done = threading.Event()
    refused: list[LuaHostError] = []

    def saved(error: LuaHostError | None) -> None:
        if error is not None:
            refused.append(error)
        done.set()

    session.run(lambda one: keeper.save(one, saved))
    if not done.wait(wait_s or None):
        raise Unavailable(f"session {session.id} is not saved yet: the database doesn't answer; it is tried again")
    if refused:
        raise refused[0]
