"""The peer: one WebSocket of a session, with a task that reads and one that writes. No turn runs on the event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

from starlette.exceptions import HTTPException
from starlette.websockets import WebSocket, WebSocketDisconnect

from luahost.aio import AsyncSession
from luahost.errors import SessionClosed, TooManyConnections
from luahost.news import log_of
from luahost.protocol.messages import Code, error_message
from luahost.protocol.pacing import Pacing
from luahost.protocol.wire import Frame, encode
from luahost.server.traffic import Traffic
from luahost.session import Session

__all__ = ["GONE", "Peer", "refuse_gone"]

GONE = 4410
"""The WebSocket's closing code where the session is no more: it makes no sense to come again."""

SENDING_S = 30.0
"""How long a peer may leave a frame unread before it is left alone."""


class Peer:
    """Carries frames between a WebSocket and a connection of a session.

    The reader takes the next frame when the last one's turn has ended, and not while answers wait unread; the writer
    takes what is pending when it is due. Either's end is the end of both.
    """

    def __init__(self, socket: WebSocket, session: Session, traffic: Traffic) -> None:
        self._socket = socket
        self._session = session
        self._traffic = traffic
        self._loop = asyncio.get_running_loop()
        self._pacing = Pacing()
        self._timer: asyncio.TimerHandle | None = None
        self._due = asyncio.Event()
        self._read_out = asyncio.Event()
        self._connection = session.connect(self._on_ready)

    async def run(self) -> None:
        """Opens the WebSocket, and serves the peer until it goes, or the session does."""
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._socket.accept()
            self._traffic.connections += 1
            tasks += [asyncio.create_task(work) for work in (self._read(), self._write())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._session.is_closed:
                await asyncio.wait(tasks[1:], timeout=1.0)
        finally:
            self._connection.close()
            self._cancel_timer()
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        self._tell(ended)
        if self._session.is_closed:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(GONE, "the session is gone")

    def _tell(self, ended: list[BaseException | None]) -> None:
        """Logs what ended the connection, if that was neither its peer nor its session."""
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, WebSocketDisconnect | SessionClosed):
                log_of(self._session).warning(
                    "connection_failed", connection=self._connection.number, error=repr(error)
                )

    async def _read(self) -> None:
        session = AsyncSession(self._session)
        while (frame := await self._receive()) is not None:
            await session.post(partial(self._connection.receive, frame))
            while self._connection.is_full:
                self._read_out.clear()
                await self._read_out.wait()

    async def _receive(self) -> Frame | None:
        """Returns the next frame; None when the peer has gone."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text: str | None = message.get("text")
        frame: Frame = text if text is not None else message["bytes"]
        self._traffic.frames_in += 1
        self._traffic.bytes_in += len(frame)
        return frame

    async def _write(self) -> None:
        is_last = False
        while not is_last:
            await self._due.wait()
            self._due.clear()
            self._cancel_timer()
            self._pacing.clear()
            is_last = self._connection.is_closed
            frame = self._connection.take()
            self._read_out.set()
            if frame is not None:
                await asyncio.wait_for(self._send(frame), SENDING_S)

    async def _send(self, frame: Frame) -> None:
        self._traffic.frames_out += 1
        self._traffic.bytes_out += len(frame)
        if isinstance(frame, str):
            await self._socket.send_text(frame)
        else:
            await self._socket.send_bytes(frame)

    def _on_ready(self, urgent: bool) -> None:
        """Called on any thread; the loop may be gone when a session ends after its server."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._schedule, urgent)

    def _schedule(self, urgent: bool) -> None:
        due_s = self._pacing.ready(self._loop.time(), urgent=urgent)
        if urgent or due_s <= self._loop.time():
            self._due.set()
        elif self._timer is None:
            self._timer = self._loop.call_at(due_s, self._due.set)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def serve_peer(socket: WebSocket, session: Session | None, traffic: Traffic) -> None:
    """Serves a WebSocket of a session; one that is gone, or goes in this moment, is told so.

    Raises HTTPException, with the WebSocket unopened, if the session has as many as it may.
    """
    try:
        peer = Peer(socket, session, traffic) if session is not None else None
    except SessionClosed:
        peer = None
    except TooManyConnections as error:
        traffic.connections_refused += 1
        raise HTTPException(503, str(error)) from error
    if peer is None:
        await refuse_gone(socket)
    else:
        await peer.run()


async def refuse_gone(socket: WebSocket) -> None:
    """Tells a peer that its session is no more."""
    await socket.accept()
    frame = encode([error_message(0, Code.gone, "there is no such session any more")], is_binary=False)
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_text(str(frame))
        await socket.close(GONE, "the session is gone")
