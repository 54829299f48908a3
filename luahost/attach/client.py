"""The client: a command's connection to a running host."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from luahost.attach.faults import error_of
from luahost.attach.messages import PROTOCOL, Hello, Refusal
from luahost.errors import AttachError, LuaHostError

__all__ = ["Client", "OnNews"]

ANSWER_S = 30.0
GREETING_S = 5.0

OnNews = Callable[[str, msgspec.Raw], None]
"""Is told of what happens in the followed session: its kind, and its data as JSON; on the client's thread."""

GONE = "the host has gone"


class Line(msgspec.Struct):
    """What a line of the host says."""

    type: str
    number: int | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class Client:
    """Asks a host; any thread may. News come in the order in which they happened, before the answers behind them."""

    def __init__(self, connection: socket.socket, on_news: OnNews | None = None) -> None:
        """Waits for the host's greeting; raises AttachError where something else is at the other end."""
        self._connection = connection
        self._file = connection.makefile("rb")
        self._on_news = on_news
        self._numbers = itertools.count(1)
        self._waiting: dict[int, SimpleQueue[Line | None]] = {}
        self._lock = threading.Lock()
        self.is_gone = False
        self.hello = self._greeting()
        self._thread = threading.Thread(target=self._read, name="luahost-client", daemon=True)
        self._thread.start()

    def ask(self, kind: str, *, timeout_s: float | None = ANSWER_S, **data: Any) -> Any:
        """Returns what is answered, as plain data. Raises what the host raised, AttachError if it doesn't answer."""
        return msgspec.json.decode(self.ask_raw(kind, timeout_s=timeout_s, **data))

    def ask_raw(self, kind: str, *, timeout_s: float | None = ANSWER_S, **data: Any) -> msgspec.Raw:
        """Returns the same as JSON."""
        number, queue = next(self._numbers), SimpleQueue[Line | None]()
        self._waiting[number] = queue
        try:
            self._send({"type": kind, "number": number, "data": data})
            line = None if self.is_gone else queue.get(timeout=timeout_s)
        except Empty:
            raise AttachError(f"the host has not answered within {timeout_s:g} s") from None
        finally:
            self._waiting.pop(number, None)
        if line is None:
            raise AttachError(GONE)
        if line.type == "error":
            raise _error(msgspec.json.decode(line.data, type=Refusal))
        return line.data

    def close(self) -> None:
        """Ends the connection."""
        self.is_gone = True
        with suppress(OSError):  # the host was faster
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._file.close()
        self._connection.close()

    def _send(self, request: Any) -> None:
        line = msgspec.json.encode(request) + b"\n"
        try:
            with self._lock:
                self._connection.sendall(line)
        except OSError as error:
            raise AttachError(GONE) from error

    def _greeting(self) -> Hello:
        try:
            self._connection.settimeout(GREETING_S)
            line = msgspec.json.decode(self._file.readline(), type=Line)
            hello = msgspec.json.decode(line.data, type=Hello)
            self._connection.settimeout(None)
        except (OSError, msgspec.MsgspecError) as error:
            raise AttachError("what answers there is no host of luahost, or one that has no room for more") from error
        if hello.protocol != PROTOCOL:
            raise AttachError(
                f"the host is luahost {hello.version}, which this one can't talk to: use the same version"
            )
        return hello

    def _read(self) -> None:
        try:
            with suppress(OSError, ValueError):  # cut off: as if it had gone
                for raw in self._file:
                    self._take(msgspec.json.decode(raw, type=Line))
        finally:
            is_left, self.is_gone = self.is_gone, True
            for queue in list(self._waiting.values()):
                queue.put(None)
            if self._on_news is not None and not is_left:
                self._on_news("gone", msgspec.Raw(b"null"))

    def _take(self, line: Line) -> None:
        if line.number is None:
            if self._on_news is not None:
                self._on_news(line.type, line.data)
        elif line.number in self._waiting:
            self._waiting[line.number].put(line)


def _error(refusal: Refusal) -> LuaHostError:
    return error_of(refusal.fault) if refusal.fault is not None else AttachError(refusal.description)
