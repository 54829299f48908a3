"""WebSockets that are not opened, and what they leave behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served_site import ServedSite
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus

from luahost import Host
from luahost.server.peer import serve_peer
from luahost.server.traffic import Traffic

SITE = {"lua/main.lua": "session:createAppVariable({ type = 'App', count = 0 })", "html/index.html": "page"}


def refusal(served: ServedSite, key: str) -> tuple[int, str]:
    """Returns status and text of what one more WebSocket is answered."""
    with pytest.raises(InvalidStatus) as caught, served.socket(key):
        pass
    response = caught.value.response
    return response.status_code, bytes(response.body or b"").decode()


def test_socket_when_the_session_has_as_many_as_it_may_then_it_is_refused(
    serve: Callable[..., ServedSite], wait_until: Callable[..., None]
) -> None:
    """One more is an HTTP error with its reason; those who are there go on, and who goes makes room."""
    served = serve(SITE, max_connections=2)
    key = served.visit()
    with served.socket(key) as first:
        with served.socket(key):
            reason = "503 Service Unavailable: the session has 2 connections already (setting max_connections)\n"
            assert refusal(served, key) == (503, reason)
            first.show(2, "count")
            assert first.hear_value(2) == 0
            assert served.get("/metrics").text.count("luahost_connections_refused_total 1.0") == 1
        (session,) = served.host.sessions
        wait_until(lambda: len(session.connections) == 1)
        with served.socket(key) as again:
            again.show(2, "count")
            assert again.hear_value(2) == 0


def test_socket_when_it_is_refused_then_that_is_no_fault_of_the_server(
    serve: Callable[..., ServedSite], caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever is refused has been answered: the log has no line that says otherwise, but all others."""
    served = serve({**SITE, "lua/main.lua": ""}, token="secret")
    with caplog.at_level("ERROR", "uvicorn.error"):
        assert refusal(served, "0" * 32)[0] == 401
        assert served.get("/health").status == 200
        logging.getLogger("uvicorn.error").error("what is wrong")
    assert [record.message for record in caplog.records] == ["what is wrong"]


def test_socket_when_another_session_has_enough_then_it_is_opened(serve: Callable[..., ServedSite]) -> None:
    """The bound is each session's own."""
    served = serve(SITE, max_connections=1)
    with served.socket(), served.socket() as other:
        other.show(2, "count")
        assert other.hear_value(2) == 0


def test_socket_when_its_peer_goes_before_it_is_opened_then_nothing_of_it_is_left(tmp_path: Path) -> None:
    """A handshake that breaks off takes no place from others."""

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        raise OSError("the peer has gone")

    with Host(tmp_path, watch=False) as host:
        session = host.create_session()
        socket = WebSocket({"type": "websocket", "path": "/", "headers": []}, receive, send)
        with pytest.raises(OSError, match="the peer has gone"):
            asyncio.run(serve_peer(socket, session, Traffic()))
        assert (session.connections.count, len(session.connections)) == (1, 0)
