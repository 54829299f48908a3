"""The listener: the server of a process, on a socket of its own, on the main thread or beside a prompt."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import uvicorn

from luahost.errors import ServerError
from luahost.host import Host
from luahost.inspection.recorder import Recorder
from luahost.server.admission import names_this_machine
from luahost.server.app import create_app

__all__ = ["Listener"]

GRACE_S = 3
"""How long requests may take to end when the server leaves."""

UNREAD_S = 60
"""After so long without a sign of reading, a connection that has something to read is cut off."""

BACKLOG = 512

REASONS = {
    errno.EADDRINUSE: "another program listens there; choose another port, or 0 for any free one",
    errno.EACCES: "this user may not; choose a port from 1024 on",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


class Listener:
    """Serves a host's sessions. It listens as soon as it is made: who comes before `run` waits."""

    def __init__(self, host: Host, recorder: Recorder | None = None) -> None:
        """Begins to listen; raises ServerError if that can't be. `recorder`: as for `create_app`."""
        settings = host.settings
        self._host_name = settings.host
        self._has_token = bool(settings.token)
        self._socket = _listening(settings.host, settings.port)
        most_bytes = settings.max_message_kb * 1024
        config = uvicorn.Config(
            create_app(host, recorder),
            http="h11",
            ws="websockets-sansio",
            # Longer frames are answered, to some length; beyond it they are not even taken in.
            ws_max_size=4 * most_bytes or 2**40,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = uvicorn.Server(config)
        logging.getLogger("uvicorn.error").addFilter(_is_news)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the server is, for whoever is at this machine."""
        address, port = self._socket.getsockname()[:2]
        name = "localhost" if address in ("0.0.0.0", "::") else self._host_name
        return f"http://{f'[{name}]' if ':' in name else name}:{port}"

    @property
    def inspector_url(self) -> str | None:
        """Where the inspector is; None if nobody may look there: without a token only this machine may."""
        may_look = self._has_token or names_this_machine(urlsplit(self.url).hostname or "")
        return f"{self.url}/inspector" if may_look else None

    def run(self) -> None:
        """Serves on the main thread until SIGTERM, or raises KeyboardInterrupt at Ctrl-C; then all peers are gone."""
        # uvicorn takes both signals while it serves, and raises them again afterwards.
        former = signal.signal(signal.SIGTERM, lambda *_: self.stop())
        try:
            self._server.run(sockets=[self._socket])
        finally:
            signal.signal(signal.SIGTERM, former)

    def start(self) -> None:
        """Serves on a thread of its own."""
        self._thread = threading.Thread(
            target=self._server.run, args=[[self._socket]], name="luahost-server", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Lets the server leave; waits for a thread that `start` made."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(GRACE_S + 2.0)


def _is_news(record: logging.LogRecord) -> bool:
    # A WebSocket that was refused with a response of its own has been answered: uvicorn takes that for a fault.
    return record.msg != "ASGI callable returned without completing handshake."


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        raise ServerError(f"can't listen at {host}:{port}: {reason}") from error
    except UnicodeError as error:
        raise ServerError(f"can't listen at {host!r}: that is no name of a machine") from error
    with suppress(AttributeError, OSError):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_S * 1000)
    return listening
