"""Topics: what a page of the inspector can look at. Each says what is new since it was asked last, nothing twice."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from luahost.aio import AsyncSession
from luahost.errors import LuaHostError
from luahost.inspection.listing import list_variables
from luahost.inspection.overview import objects_of, session_row
from luahost.inspection.plain import LONGEST
from luahost.inspection.ring import Ring
from luahost.server.inspector.sampling import Sampling
from luahost.session import Session

__all__ = ["Charts", "Entries", "Inside", "SessionList", "Topic", "at_objects", "at_variables"]

Glance = Callable[[Session], bytes]
"""Looks into a session, within a turn of it; answers a message for the page. May raise LuaHostError."""

SHARE = 10
"""A session that works without pause is looked at for a tenth of its time at most."""


class Topic(Protocol):
    """Something to look at."""

    def news(self) -> bytes | None:
        """Returns a message for the page, as JSON; None if there is nothing new. Waits for nothing."""

    def close(self) -> None:
        """Ends the looking."""


class SessionList:
    """Who is alive, and how each is. Takes no turn of any."""

    def __init__(self, sessions: Callable[[], Iterable[Session]]) -> None:
        self._sessions = sessions
        self._told = b""

    def news(self) -> bytes | None:
        """Returns the list, if it differs from the last."""
        rows = [session_row(session) for session in self._sessions() if not session.is_closed]
        told = msgspec.json.encode({"told": "sessions", "sessions": rows})
        if told == self._told:
            return None
        self._told = told
        return told

    def close(self) -> None:
        """Does nothing: it costs nobody anything."""


class Entries:
    """What a ring has got, from its oldest on."""

    def __init__(self, name: str, ring: Ring[dict[str, Any]]) -> None:
        self._name = name
        self._ring = ring
        self._seen: int | None = None

    def news(self) -> bytes | None:
        """Returns the entries that have come since; at first all that are kept, be it none."""
        is_all = self._seen is None
        last, entries = self._ring.since(self._seen or 0)
        if last == self._seen:
            return None
        self._seen = last
        return msgspec.json.encode({"told": self._name, "entries": entries, "is_all": is_all})

    def close(self) -> None:
        """Does nothing: the ring stays."""


class Charts:
    """The samples of the host and of one session, which are taken from now on."""

    def __init__(self, sampling: Sampling, session_key: str | None) -> None:
        self._sampling = sampling
        self._key = session_key
        self._seen = 0
        sampling.join()

    def news(self) -> bytes | None:
        """Returns the samples that have been taken since; at first all."""
        series = self._sampling.samples.series(self._key, self._seen)
        if not series:
            return None
        is_all, self._seen = self._seen == 0, series["number"]
        return msgspec.json.encode({"told": "charts", "session": self._key, "is_all": is_all, **series})

    def close(self) -> None:
        """Ceases to look at them."""
        self._sampling.leave()


class Inside:
    """What is seen by looking into a session, in a turn on a thread of the pool; again only after other turns of it.

    `on_done` is called when a look has ended.
    """

    def __init__(
        self,
        session: Session,
        glance: Glance,
        on_done: Callable[[], object],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._glance = glance
        self._on_done = on_done
        self._now = now
        self._due_s = 0.0
        self._seen = -1
        self._told = b""
        self._task: asyncio.Task[bytes] | None = None

    def news(self) -> bytes | None:
        """Returns what a look has found that ended; begins one, if the session has had turns since the last."""
        if self._task is not None:
            return self._found() if self._task.done() else None
        if self._is_due():
            self._task = asyncio.create_task(AsyncSession(self._session).run(self._look))
            self._task.add_done_callback(lambda _: self._on_done())
        return None

    def close(self) -> None:
        """Gives up a look that hasn't ended."""
        if self._task is not None:
            self._task.cancel()

    def _is_due(self) -> bool:
        has_moved = self._seen != self._session.turns.number
        return has_moved and not self._session.is_closed and self._now() >= self._due_s

    def _look(self, session: Session) -> bytes:
        """Looks, and notes which turn comes next: it is the first that may bring something new."""
        self._seen, began_s = session.turns.number + 1, self._now()
        try:
            return self._glance(session)
        except LuaHostError as error:
            return msgspec.json.encode({"told": "trouble", "session": session.key, "message": str(error)})
        finally:
            self._due_s = self._now() + (self._now() - began_s) * (SHARE - 1)

    def _found(self) -> bytes | None:
        task, self._task = self._task, None
        try:
            told = task.result() if task is not None else self._told
        except LuaHostError:  # the session was closed, or too busy, before anybody could look
            return None
        is_news, self._told = told != self._told, told
        return told if is_news else None


def at_variables(level: int) -> Glance:
    """Returns the glance at variables, with diagnostics of a level."""
    return functools.partial(_variables, level=level)


def _variables(session: Session, level: int) -> bytes:
    listing = list_variables(session, level, LONGEST)
    head = {"told": "variables", "session": session.key, "changes": listing.changes}
    return msgspec.json.encode({**head, "variables": msgspec.Raw(listing.json)})


def at_objects(session: Session) -> bytes:
    """Looks at prototypes, modules, timers and mutations that wait."""
    return msgspec.json.encode({"told": "objects", "session": session.key, **objects_of(session)})
