"""Answers: what each request is answered. Whatever needs a turn of a session has it on a thread of the host's pool."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, TypeVar

import msgspec

from luahost.aio import AsyncSession
from luahost.attach import messages as asks
from luahost.attach.faults import fault_of
from luahost.attach.feed import report_for
from luahost.completion import complete
from luahost.errors import LimitExceeded, LuaError, LuaHostError, NoSuchSession, SessionBusy, SessionClosed
from luahost.evaluation import is_incomplete, show
from luahost.host import Host
from luahost.inspection.listing import list_variables
from luahost.inspection.overview import objects_of, session_row
from luahost.inspection.plain import LONGEST, clipped
from luahost.inspection.recorder import Recorder
from luahost.literals import results
from luahost.session import Session

__all__ = ["Answers", "refusal_of"]

T = TypeVar("T")

LOOKING_S = 2.0
"""How long who inspects a session waits for a turn of it; then it is told what can be without."""

MOST_ERRORS = 20
MOST_SHOWN_IDS = 10
SHORTEST_BEGINNING = 4

CODES = {NoSuchSession: "not-found", SessionClosed: "gone", LimitExceeded: "limit", LuaError: "lua-error"}


class Answers:
    """Answers for one host."""

    def __init__(self, host: Host, recorder: Recorder) -> None:
        self._host = host
        self._recorder = recorder
        self._by_kind: dict[type, Callable[[Any], Awaitable[Any]]] = {
            asks.Sessions: self._sessions,
            asks.Inspect: self._inspect,
            asks.Reload: self._reload,
            asks.Undo: self._undo,
            asks.Evaluate: self._evaluate,
            asks.Complete: self._complete,
            asks.Incomplete: self._incomplete,
            asks.Kill: self._kill,
            asks.Follow: self._follow,
        }

    async def to(self, ask: asks.Ask) -> Any:
        """Returns what is answered, as `faults.packed` takes it; raises LuaHostError."""
        return await self._by_kind[type(ask)](ask)

    def session(self, name: str | None) -> Session:
        """Returns the session with this id, key or beginning of one; raises NoSuchSession.

        Its message says which sessions there are.
        """
        live = [session for session in self._host.sessions if not session.is_closed]
        if name is None:
            if len(live) == 1:
                return live[0]
            raise NoSuchSession(_which(live) if live else "the host has no session yet: open its page, or ask later")
        found = self._host.get_session(name)
        if found is not None and not found.is_closed:
            return found
        near = [session for session in live if session.key.startswith(name)] if len(name) >= SHORTEST_BEGINNING else []
        if len(near) == 1:
            return near[0]
        if near:
            raise NoSuchSession(f"the keys of {len(near)} sessions begin with {name}: type more of it")
        raise NoSuchSession(f"no session {clipped(name, 40)}; {_there_are(live)}")

    async def _sessions(self, _: asks.Sessions) -> Any:
        return [session_row(session) for session in self._host.sessions if not session.is_closed]

    async def _inspect(self, ask: asks.Inspect) -> Any:
        session = self.session(ask.session)
        entries = {"errors": self._errors(session), "reloads": self._reloads(session)}
        try:
            seen = await asyncio.wait_for(AsyncSession(session).run(_seen), LOOKING_S)
        except TimeoutError:
            seen = {"trouble": "it is busy: what it has is told when its turn has ended"}
        except LuaHostError as error:
            seen = {"trouble": str(error)}
        return {**session_row(session), **seen, **entries}

    async def _reload(self, ask: asks.Reload) -> Any:
        session = self.session(ask.session) if ask.session is not None else None
        report = await asyncio.to_thread(self._host.reload)
        return report_for(report, session.id) if report is not None and session is not None else report

    async def _undo(self, _: asks.Undo) -> Any:
        return await asyncio.to_thread(self._host.undo)

    async def _evaluate(self, ask: asks.Evaluate) -> Any:
        def work() -> str:
            return results(show(session, ask.text, name=ask.name, line=ask.line), width=ask.width)

        session = self.session(ask.session)
        return {"text": await AsyncSession(session).post(work)}

    async def _complete(self, ask: asks.Complete) -> Any:
        session = self.session(ask.session)
        return [asdict(name) for name in await asyncio.to_thread(complete, session, ask.text)]

    async def _incomplete(self, ask: asks.Incomplete) -> Any:
        session = self.session(ask.session)
        try:
            return await asyncio.to_thread(is_incomplete, session, ask.text)
        except SessionBusy:
            return False

    async def _kill(self, ask: asks.Kill) -> Any:
        return self.session(ask.session).kill()

    async def _follow(self, ask: asks.Follow) -> Any:
        return session_row(self.session(ask.session))

    def _errors(self, session: Session) -> list[dict[str, Any]]:
        _, lines = self._recorder.lines.since(0)
        failed = [line for line in lines if line["level"] == "error" and line["session"] in ("", session.id)]
        return failed[-MOST_ERRORS:]

    def _reloads(self, session: Session) -> list[dict[str, Any]]:
        """Returns the reloads that concerned a session, the oldest first, with what they did in it."""
        told = []
        for entry in self._recorder.reloads.since(0)[1]:
            own = [each for each in entry["sessions"] if each["id"] == session.id]
            if own or not entry["session_count"]:
                told.append({**entry, "sessions": own})
        return told


def refusal_of(error: LuaHostError) -> asks.Refusal:
    """Returns an error as it is told."""
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), "refused")
    return asks.Refusal(code, str(error)[:LONGEST], fault_of(error))


def _seen(session: Session) -> dict[str, Any]:
    variables = msgspec.Raw(list_variables(session, 1, LONGEST).json)
    return {**objects_of(session), "variables": variables}


def _which(live: list[Session]) -> str:
    return f"there are {len(live)} sessions: name one of {_ids(live)}"


def _there_are(live: list[Session]) -> str:
    return f"there are {_ids(live)}" if len(live) > 1 else f"there is {live[0].id}" if live else "there is none now"


def _ids(live: list[Session]) -> str:
    shown = ", ".join(session.id for session in live[:MOST_SHOWN_IDS])
    return shown + (f" and {len(live) - MOST_SHOWN_IDS} more" if len(live) > MOST_SHOWN_IDS else "")
