"""The visitor: one connection to a host's socket. It asks, is answered, and is told what it follows."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from luahost.attach.answers import Answers, refusal_of
from luahost.attach.faults import packed
from luahost.attach.feed import Feed
from luahost.attach.messages import Ask, Follow, Hello, Refusal, Told, ask_in, request_in
from luahost.errors import LuaHostError

__all__ = ["Visitor"]

MOST_ASKED = 8
"""So many requests of a visitor are under way at once; the next waits to be read."""


class Visitor:
    """Serves a connection until it goes. What happened before an answer is told before it.

    Nothing piles up for one who doesn't read: requests aren't taken in then, and of old news it is told how many.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Hello, answers: Answers, feed: Feed
    ) -> None:
        self._reader, self._writer = reader, writer
        self._hello = hello
        self._answers = answers
        self._feed = feed
        self._followed: str | None = None
        self._seen = 0
        self._room = asyncio.Semaphore(MOST_ASKED)
        self._sending = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.woken = asyncio.Event()

    async def serve(self) -> None:
        """Serves the connection."""
        telling = asyncio.create_task(self._tell())
        try:
            await self._send(Told("hello", data=self._hello))
            await self._listen()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            for task in (telling, *self._tasks):
                task.cancel()
            self._unfollow()
            self._writer.close()

    async def _listen(self) -> None:
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                await self._refuse(None, "no request: the line is too long")
                return
            await self._take(line)

    async def _take(self, line: bytes) -> None:
        number = None
        try:
            request = request_in(line)
            number = request.number
            ask = ask_in(request)
        except ValueError as error:
            await self._refuse(number, str(error))
            return
        await self._room.acquire()
        task = asyncio.create_task(self._answer(request.number, ask))
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled():
            task.exception()  # the connection went: nobody is left to be told

    async def _answer(self, number: int, ask: Ask) -> None:
        try:
            answer = await self._answers.to(ask)
            if isinstance(ask, Follow):
                self._follow(answer["id"])
            told = Told("answer", number, answer)
        except LuaHostError as error:
            told = Told("error", number, refusal_of(error))
        await self._send(told)

    async def _refuse(self, number: int | None, description: str) -> None:
        await self._send(Told("error", number, Refusal("bad-message", description)))

    def _follow(self, session_id: str) -> None:
        if self._followed is None:
            self._feed.followers += 1
        self._followed = session_id
        self._seen = self._feed.news.last

    def _unfollow(self) -> None:
        if self._followed is not None:
            self._feed.followers -= 1
            self._followed = None

    async def _tell(self) -> None:
        with suppress(ConnectionError):
            while True:
                await self.woken.wait()
                self.woken.clear()
                await self._send()

    async def _send(self, told: Told | None = None) -> None:
        async with self._sending:
            lines = [*self._news(), *([told] if told is not None else [])]
            for line in lines:
                self._writer.write(packed(line) + b"\n")
                await self._writer.drain()

    def _news(self) -> list[Told]:
        if self._followed is None:
            return []
        missed = -self._seen
        self._seen, entries = self._feed.news.since(self._seen)
        missed += self._seen - len(entries)
        told: list[tuple[str, Any]] = [(news.kind, news.for_session(self._followed)) for news in entries]
        shown = [Told(kind, data=data) for kind, data in told if data is not None]
        return [Told("missed", data={"count": missed}), *shown] if missed > 0 else shown
