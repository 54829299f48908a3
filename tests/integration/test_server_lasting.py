"""A served site whose sessions last: a visitor finds their session again, however the server ended."""

from __future__ import annotations

import socket as sockets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from served_site import DEADLINE_S, ServedSite
from websockets.exceptions import InvalidStatus

MAIN = """
app = session:restore() or { n = 1 }
session:createAppVariable(app)
"""
BROKEN = "session:restore() error('broken')"
LATER = "503 Service Unavailable: the session can't come back now; the server's log says why\n"


@pytest.fixture
def folder(site: Callable[[Mapping[str, str]], Path]) -> Path:
    """Returns a site whose code asks for what was saved."""
    return site({"lua/main.lua": MAIN, "html/index.html": "<title>page</title>"})


def served(folder: Path) -> ServedSite:
    """Returns the site, served with a store."""
    return ServedSite(folder, store="sqlite:sessions.db")


def changed(folder: Path) -> str:
    """Returns the key of a session that was changed before its server left."""
    site = served(folder)
    key = site.visit()
    session = site.host.get_session(key)
    assert session is not None
    session.execute("app.n = 7")
    site.close()
    return key


def test_visit_when_the_server_was_restarted_then_the_session_comes_back(folder: Path) -> None:
    """The page, the cookie and the WebSocket of a saved session find it; no VM is made before somebody asks."""
    key = changed(folder)
    site = served(folder)
    assert site.host.sessions == []
    assert site.get("/", Cookie=f"ui-session={key}").location == f"/{key}"
    assert site.get(f"/{key}").status == 200
    with site.socket(key):
        session = site.host.get_session(key)
        assert session is not None
        assert session.eval("return app.n") == 7
    site.close()


def test_visit_when_the_session_can_not_come_back_then_is_not_taken_for_gone(folder: Path) -> None:
    """An error is never an absence: no new session in the place of one that is there."""
    key = changed(folder)
    (folder / "lua" / "main.lua").write_text(BROKEN)
    site = served(folder)
    assert site.get(f"/{key}").status == 503
    assert site.get("/", Cookie=f"ui-session={key}").status == 503
    with pytest.raises(InvalidStatus) as caught, site.socket(key):
        pass
    assert (caught.value.response.status_code, caught.value.response.body) == (503, LATER.encode())
    assert site.get("/" + "0" * 32).status == 404
    (folder / "lua" / "main.lua").write_text(MAIN)
    site.host.reload()
    assert site.get(f"/{key}").status == 200
    site.close()


@contextmanager
def coming_back(site: ServedSite, key: str) -> Iterator[threading.Event]:
    """Asks for a saved session's page; the session begins to load when the event is set."""
    is_opening, may_load = threading.Event(), threading.Event()
    site.host.on("session_opening", lambda _: is_opening.set() or may_load.wait(DEADLINE_S))
    page = threading.Thread(target=site.get, args=[f"/{key}"])
    page.start()
    assert is_opening.wait(DEADLINE_S)
    yield may_load
    may_load.set()
    page.join(DEADLINE_S)


def first_line(site: ServedSite, key: str, may_load: threading.Event) -> bytes:
    """Returns how a WebSocket is answered that is asked for before the session may load; none is before that."""
    with sockets.create_connection(("127.0.0.1", int(site.authority.rpartition(":")[2])), timeout=0.3) as connection:
        head = f"GET /ws/{key} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        key_line = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + "A" * 22 + "==\r\n\r\n"
        connection.sendall((head + key_line).encode())
        with pytest.raises(TimeoutError):
            connection.recv(1)
        may_load.set()
        connection.settimeout(DEADLINE_S)
        return connection.recv(12)


@pytest.mark.parametrize(("main", "line"), [(BROKEN, b"HTTP/1.1 503"), (MAIN, b"HTTP/1.1 101")])
def test_socket_when_the_session_is_just_coming_back_then_it_waits_for_the_outcome(
    folder: Path, main: str, line: bytes
) -> None:
    """A WebSocket isn't opened to a session that may still fail to come back, and be told that it is gone."""
    key = changed(folder)
    (folder / "lua" / "main.lua").write_text(main)
    site = served(folder)
    with coming_back(site, key) as may_load:
        assert first_line(site, key, may_load) == line
    site.close()
