"""The door: the socket of a running host, on a thread of its own, for the commands that attach to it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from luahost.attach import addresses
from luahost.attach.answers import Answers
from luahost.attach.feed import Feed
from luahost.attach.messages import LONGEST_LINE, PROTOCOL, Hello
from luahost.attach.visitor import Visitor
from luahost.errors import AttachError
from luahost.host import Host
from luahost.inspection.recorder import Recorder

__all__ = ["Door"]

MOST_VISITORS = 32
LEAVING_S = 2.0


class Door:
    """Lets commands of the same user into a host. A context manager: entering opens it, leaving removes the socket.

    Requests wait on an event loop and have their turns on the host's pool: the host is never held up by one.
    """

    def __init__(self, host: Host, recorder: Recorder, *, version: str) -> None:
        self._host = host
        self._recorder = recorder
        self._version = version
        self._visitors: set[Visitor] = set()
        self._is_woken = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over: asyncio.Event | None = None
        self.path: Path | None = None

    def open(self) -> None:
        """Begins to listen; raises AttachError that says why it can't be."""
        try:
            listening, self.path = addresses.listening(self._host.site.root, os.getpid())
        except (OSError, AttributeError) as error:
            place = self._host.site.root / addresses.FOLDER
            raise AttachError(f"{place}: no socket can be made there for `luahost sessions`: {error}") from error
        is_open = threading.Event()
        run = self._serve(listening, is_open)
        self._thread = threading.Thread(target=asyncio.run, args=[run], name="luahost-door", daemon=True)
        self._thread.start()
        is_open.wait()

    def close(self) -> None:
        """Sends the visitors away, and removes the socket. Twice is nothing."""
        if self._thread is None or self._loop is None or self._is_over is None:
            return
        if self.path is not None:
            addresses.remove(self.path)
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join(LEAVING_S)
        self._thread = None

    def __enter__(self) -> Door:
        """Opens the door."""
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    async def _serve(self, listening: socket.socket, is_open: threading.Event) -> None:
        self._loop, self._is_over = asyncio.get_running_loop(), asyncio.Event()
        feed = Feed(self._host, self._wake)
        answers, hello = Answers(self._host, self._recorder), self._hello()

        async def admit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if len(self._visitors) >= MOST_VISITORS or not addresses.is_friend(writer.get_extra_info("socket")):
                writer.close()
                return
            with suppress(asyncio.CancelledError):  # at the end; asyncio of Python 3.11 would print a traceback
                await self._receive(Visitor(reader, writer, hello, answers, feed))

        server = await asyncio.start_server(admit, sock=listening, limit=LONGEST_LINE)
        is_open.set()
        try:
            await self._is_over.wait()
        finally:
            server.close()
            feed.close()

    async def _receive(self, visitor: Visitor) -> None:
        self._visitors.add(visitor)
        try:
            await visitor.serve()
        finally:
            self._visitors.discard(visitor)

    def _hello(self) -> Hello:
        settings = self._host.settings
        site = str(self._host.site.root)
        facts = (settings.vm, settings.trust, time.time(), settings.memory_limit_mb)
        return Hello(PROTOCOL, self._version, os.getpid(), site, *facts)

    def _wake(self) -> None:
        """Lets the visitors look for news, from any thread; once for all that happens until they do."""
        if self._is_woken or self._loop is None:
            return
        self._is_woken = True
        try:
            self._loop.call_soon_threadsafe(self._wake_all)
        except RuntimeError:  # the loop has ended
            return

    def _wake_all(self) -> None:
        self._is_woken = False
        for visitor in self._visitors:
            visitor.woken.set()
