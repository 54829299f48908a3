"""The viewer: one open page of the inspector. It says what it looks at, and is told what is new of that."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from luahost.aio import AsyncSession
from luahost.errors import LuaHostError
from luahost.host import Host
from luahost.inspection.history import error_entry
from luahost.inspection.recorder import Recorder
from luahost.server.inspector.asking import Look, Run, asked_by
from luahost.server.inspector.console import GRANT, run_code
from luahost.server.inspector.sampling import Sampling
from luahost.server.inspector.topics import Charts, Entries, Inside, SessionList, Topic, at_objects, at_variables
from luahost.session import Session

__all__ = ["Viewer"]

PERIOD_S = 0.25
"""How often it is looked whether there is news."""

MOST_RUNNING = 8
"""So much code of the console may run at once."""

UNSUPPORTED = 1003


class Viewer:
    """Tells a page of the sessions, the reloads and the lines at all times, and of what it looks at besides.

    For a slow reader nothing piles up: it is told the state of things when it has read what went before.
    """

    def __init__(self, socket: WebSocket, host: Host, recorder: Recorder, sampling: Sampling) -> None:
        self._socket = socket
        self._host = host
        self._sampling = sampling
        self._topics: list[Topic] = [
            SessionList(lambda: host.sessions),
            Entries("reloads", recorder.reloads),
            Entries("lines", recorder.lines),
        ]
        self._topic: Topic | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._answers: list[bytes] = [self._greeting()]
        self._woken = asyncio.Event()

    async def serve(self) -> None:
        """Serves the page until it goes."""
        await self._socket.accept()
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._turn_to(None)
            for task in (*tasks, *self._running):
                task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await task

    async def _listen(self) -> None:
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            asked = asked_by(message.get("text") or "")
            if asked is None:
                await self._socket.close(UNSUPPORTED)
                return
            if isinstance(asked, Look):
                self._turn_to(self._topic_of(asked))
            else:
                self._begin(asked)
            self._woken.set()

    async def _tell(self) -> None:
        while True:
            answers, self._answers = self._answers, []
            for told in answers:
                await self._socket.send_text(told.decode())
            for topic in (*self._topics, self._topic):
                news = topic.news() if topic is not None else None
                if news is not None:
                    await self._socket.send_text(news.decode())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), PERIOD_S)
            self._woken.clear()

    def _turn_to(self, topic: Topic | None) -> None:
        if self._topic is not None:
            self._topic.close()
        self._topic = topic

    def _topic_of(self, look: Look) -> Topic | None:
        if look.at == "charts":
            return Charts(self._sampling, look.session)
        session = self._host.get_session(look.session or "")
        if session is None or not look.at:
            return None
        return Inside(session, at_objects if look.at == "objects" else at_variables(look.level), self._woken.set)

    def _begin(self, run: Run) -> None:
        """Lets code run, and its answer be told when it is there."""
        task = asyncio.create_task(self._answer(run))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _answer(self, run: Run) -> None:
        answer = await self._carried_out(run)
        self._answers.append(msgspec.json.encode({"told": "answer", "number": run.number, **answer}))
        self._woken.set()

    async def _carried_out(self, run: Run) -> dict[str, Any]:
        session = self._host.get_session(run.session)
        reason = self._reason_against(session)
        if reason is not None or session is None:
            return {"error": {"message": reason}}
        try:
            return await AsyncSession(session).run(lambda session: run_code(session, run.code))
        except LuaHostError as error:
            return {"error": error_entry(error)}

    def _reason_against(self, session: Session | None) -> str | None:
        if GRANT not in self._host.settings.allow:
            return f"the console needs the grant {GRANT}: add it to `allow` in the settings"
        if session is None:
            return "the session is closed"
        return "too much is running already" if len(self._running) > MOST_RUNNING else None

    def _greeting(self) -> bytes:
        settings = self._host.settings
        facts = {"site": str(self._host.site.root), "vm": settings.vm, "memory_limit_mb": settings.memory_limit_mb}
        return msgspec.json.encode({"told": "hello", **facts, "can_run": GRANT in settings.allow})
