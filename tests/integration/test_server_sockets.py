"""WebSockets: sessions as peers elsewhere see them, well-behaved and not."""

from __future__ import annotations

import json
import os
import socket as sockets
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import msgpack
import pytest
from served_site import DEADLINE_S, ServedSite, Socket
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from luahost.server.peer import GONE

MAIN = """
App = session:prototype("App", { count = 0, text = "" })
function App:add() self.count = self.count + 1 end
function App:fail() error("boom") end
function App:spin() while true do end end
app = app or session:create(App)
session:createAppVariable(app)
"""
SITE = {"lua/main.lua": MAIN, "html/index.html": "page", "viewdefs/App.DEFAULT.html": "<template>app</template>"}


@pytest.fixture
def served(serve: Callable[..., ServedSite]) -> ServedSite:
    """Returns a site with an app."""
    return serve(SITE)


@pytest.fixture
def key(served: ServedSite) -> str:
    """Returns the key of a session."""
    return served.visit()


@pytest.fixture(params=[False, True], ids=["json", "msgpack"])
def tab(served: ServedSite, key: str, request: pytest.FixtureRequest) -> Iterator[Socket]:
    """Returns a WebSocket of the session that speaks either form."""
    with served.socket(key) as socket:
        socket.is_binary = request.param
        yield socket


def test_socket_when_a_peer_watches_the_root_then_it_is_told_with_its_definitions(tab: Socket) -> None:
    """The root goes to whoever connects, its view definitions ahead (BD1)."""
    tab.say(("watch", {"varId": 1}))
    ahead, root = tab.hear()
    assert json.loads(ahead["data"]["properties"]["viewdefs"]) == {"App.DEFAULT": "<template>app</template>"}
    assert (root["data"]["varId"], root["data"]["properties"]["type"]) == (1, "App")


def test_socket_when_a_user_acts_then_what_changed_comes_back(tab: Socket) -> None:
    """Bytes in, a turn, bytes out: create, update, watch, unwatch, destroy, get, getObjects, error, poll (BD3, BD4)."""
    tab.show(2, "count")
    assert tab.hear_value(2) == 0
    tab.show(3, "add()", access="action")
    tab.say(("update", {"varId": 3, "value": None}), user_event=True)
    assert tab.hear_value(2) == 1
    tab.say(("unwatch", {"varId": 2}), ("update", {"varId": 3, "value": None}), ("error", {"varId": 2, "code": "x"}))
    tab.say(("get", {"varIds": [2]}), ("poll", {}))
    assert tab.hear()[-1]["data"]["variables"][0]["value"] == 2
    tab.say(("destroy", {"varId": 2}), ("watch", {"varId": 2}), ("poll", {}))
    assert tab.hear_code() == "not-found"


def test_tabs_when_there_are_several_then_all_stay_in_step(served: ServedSite, key: str) -> None:
    """Several tabs on one session see the same objects under ids of their own (S7, S14, SD7)."""
    with ExitStack() as stack:
        tabs = [stack.enter_context(served.socket(key)) for _ in range(3)]
        for id, tab in enumerate(tabs, 2):
            tab.show(id, "text")
            tab.hear()
        assert len(served.host.sessions[0].connections) == 3
        tabs[0].say(("update", {"varId": 2, "value": "hi"}), user_event=True)
        assert [tab.hear_value(id) for id, tab in enumerate(tabs[1:], 3)] == ["hi", "hi"]


def test_sessions_when_two_are_served_then_they_are_apart(served: ServedSite, key: str) -> None:
    """Another session's peers see nothing of it (B8)."""
    with served.socket(key) as one, served.socket() as other:
        for tab in (one, other):
            tab.show(2, "text")
            tab.hear()
        one.say(("update", {"varId": 2, "value": "mine"}), user_event=True)
        other.say(("poll", {}))
        assert other.hear() == []


def test_peer_when_it_comes_again_then_it_finds_the_state(served: ServedSite, key: str, wait_until: Any) -> None:
    """After a break the peer makes its watches anew, and the session is as it was (BD2, SD3)."""
    with served.socket(key) as tab:
        tab.show(2, "text")
        tab.say(("update", {"varId": 2, "value": "kept"}), ("poll", {}))
        tab.hear()
        os.close(tab.inner.socket.detach())
    (session,) = served.host.sessions
    wait_until(lambda: not session.connections and len(session.variables()) == 1)
    with served.socket(key) as tab:
        tab.show(2, "text")
        assert tab.hear_value(2) == "kept"


@pytest.mark.parametrize("key", ["0" * 32, "1", "x"])
def test_socket_when_its_session_is_gone_then_says_so_and_closes(served: ServedSite, key: str) -> None:
    """A peer of a session that is no more is told `gone`, and not to come again (S4)."""
    served.host.create_session()
    with served.socket(key) as tab:
        assert tab.hear_code() == "gone"
        with pytest.raises(ConnectionClosed):
            tab.hear()
    assert tab.inner.close_code == GONE


def test_socket_when_its_session_ends_then_says_so_and_closes(served: ServedSite, tab: Socket) -> None:
    """Whoever is connected when a session ends is told at once (S9)."""
    tab.say(("poll", {}))
    tab.hear()
    served.host.sessions[0].close()
    assert tab.hear_code() == "gone"
    with pytest.raises(ConnectionClosed):
        tab.hear()
    assert tab.inner.close_code == GONE


BAD = [
    "",
    "{",
    "[" * 10_000,
    '"\\ud800"',
    "x" * 1_500_000,
    '{"type":"fly","data":{}}',
    '{"type":"watch","data":{"varId":-99}}',
    '{"type":"watch","data":{"varId":1e300}}',
    '{"type":"watch","data":{"varId":9007199254740991}}',
    '{"type":"watch","data":{"varId":9007199254740993}}',
    '{"type":"create","data":{"id":1,"parentId":1}}',
    '{"type":"create","data":{"id":9,"parentId":9}}',
    '{"type":"create","data":{"id":9,"parentId":1,"properties":{"path":"a..b["}}}',
    '{"type":"create","data":{"id":9,"parentId":1,"properties":{"path":"add()","access":"w"}}}',
    '{"type":"create","data":{"id":9,"parentId":1,"properties":{"path":"a.b","access":"action"}}}',
    '{"type":"create","data":{"id":9,"parentId":1,"properties":{"create":"Nothing"}}}',
    '{"type":"update","data":{"varId":8,"value":{"obj":99999}}}',
    '{"type":"update","data":{"varId":7,"value":1}}',
    '{"type":"update","data":{"varId":6,"value":null}}',
    '{"type":"destroy","data":{"varId":1}}',
    b"\xff\xff\xff",
    b"\x91" * 10_000,
    b"\xdd\xff\xff\xff\xff",
]


@pytest.mark.parametrize("frame", BAD, ids=lambda frame: repr(frame[:40]))
def test_socket_when_a_peer_sends_what_cannot_be_meant_then_all_goes_on(
    served: ServedSite, key: str, frame: str | bytes
) -> None:
    """Each gets its error and nothing else: the session, its other peers and the server go on as before."""
    with served.socket(key) as hostile, served.socket(key) as good:
        good.show(2, "count")
        hostile.show(8, "text")
        hostile.show(7, "text.deep.er")
        hostile.show(6, "fail()", access="action")
        hostile.inner.send(frame)
        hostile.is_binary = isinstance(frame, bytes)
        codes = _codes_until_poll(hostile)
        assert codes or not frame
        assert codes <= {"bad-message", "not-found", "access", "path-failure", "lua-error"}
        good.show(3, "add()", access="action")
        good.say(("update", {"varId": 3, "value": None}), user_event=True)
        assert _value_of(good, 2, 1)


def _codes_until_poll(socket: Socket) -> set[str]:
    """Returns the codes of the errors that come until an empty frame does."""
    codes: set[str] = set()
    while True:
        socket.say(("poll", {}))
        frame = socket.inner.recv(timeout=DEADLINE_S)
        socket.is_binary = isinstance(frame, bytes)
        said = json.loads(frame) if isinstance(frame, str) else msgpack.unpackb(frame)
        if not said:
            return codes
        listed = said if isinstance(said, list) else [said]
        codes |= {each["data"]["code"] for each in listed if each["type"] == "error"}


def _value_of(socket: Socket, id: int, value: object) -> bool:
    while socket.hear_value(id) != value:
        pass
    return True


def test_socket_when_a_frame_is_far_too_long_then_the_connection_is_closed(served: ServedSite, key: str) -> None:
    """What is many times too long is not even taken in; the others go on."""
    with served.socket(key) as hostile, served.socket(key) as good:
        with suppress(ConnectionClosedError):
            hostile.inner.send("x" * (5 * 1024 * 1024))
        with pytest.raises(ConnectionClosedError):
            hostile.hear()
        good.show(2, "count")
        assert good.hear_value(2) == 0


def test_socket_when_text_is_not_utf_8_then_the_connection_is_closed(served: ServedSite, key: str) -> None:
    """A text frame that isn't UTF-8 breaks the WebSocket protocol: that connection ends, and no other."""
    with served.socket(key) as hostile, served.socket(key) as good:
        hostile.inner.socket.sendall(b"\x81\x82\x00\x00\x00\x00\xff\xfe")
        with pytest.raises(ConnectionClosedError):
            hostile.hear()
        good.show(2, "count")
        assert good.hear_value(2) == 0


def test_socket_when_a_peer_closes_within_a_frame_then_it_is_gone(
    served: ServedSite, key: str, wait_until: Any
) -> None:
    """Half a frame and then nothing: what the peer had goes, and nobody else notices."""
    with served.socket(key) as hostile, served.socket(key) as good:
        hostile.show(2, "count")
        hostile.hear()
        hostile.inner.socket.sendall(b"\x81\xfe\x10\x00\x00\x00\x00\x00{")
        hostile.inner.socket.shutdown(sockets.SHUT_RDWR)
        session = served.host.sessions[0]
        wait_until(lambda: len(session.connections) == 1 and len(session.variables()) == 1)
        good.show(2, "count")
        assert good.hear_value(2) == 0


def test_socket_when_a_peer_floods_then_the_others_are_still_served(served: ServedSite, key: str) -> None:
    """Thousands of frames of one peer hold up its own session at most; another session answers meanwhile."""
    stop = threading.Event()

    def flood(socket: Socket) -> None:
        while not stop.is_set():
            socket.say(*[("get", {"varIds": [1]})] * 50)
            if socket.inner.recv(timeout=DEADLINE_S):
                continue

    with served.socket(key) as hostile, served.socket() as other:
        thread = threading.Thread(target=flood, args=[hostile])
        thread.start()
        try:
            other.show(2, "count")
            other.show(3, "add()", access="action")
            for _ in range(50):
                other.say(("update", {"varId": 3, "value": None}), user_event=True)
            assert _value_of(other, 2, 50)
        finally:
            stop.set()
            thread.join(DEADLINE_S)


@contextmanager
def raw_socket(served: ServedSite, key: str) -> Iterator[sockets.socket]:
    """Returns a TCP connection on which a WebSocket was opened, and from which nobody reads."""
    host, port = served.authority.rsplit(":", 1)
    with sockets.create_connection((host, int(port)), timeout=DEADLINE_S) as connection:
        connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        head = f"GET /ws/{key} HTTP/1.1\r\nHost: {served.authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        connection.sendall(
            (head + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + "A" * 22 + "==\r\n\r\n").encode()
        )
        assert connection.recv(1) == b"H"
        yield connection


def masked(text: str) -> bytes:
    """Returns a text frame as a browser sends it."""
    data = text.encode()
    return b"\x81\xff" + struct.pack(">Q", len(data)) + b"\0\0\0\0" + data


def test_socket_when_a_peer_never_reads_then_little_is_kept_for_it(
    served: ServedSite, key: str, wait_until: Any
) -> None:
    """What a peer doesn't read coalesces: 300 MB of changes take a few, and nobody else waits."""
    (session,) = served.host.sessions
    with raw_socket(served, key) as silent, served.socket(key) as good:
        silent.sendall(masked('{"type":"create","data":{"id":2,"parentId":1,"properties":{"path":"text"}}}'))
        wait_until(lambda: len(session.variables()) == 2)
        good.show(2, "count")
        good.hear()
        before = _resident_mb()
        for number in range(300):
            session.execute(f"app.count = {number} app.text = string.rep('x', 1000000) .. {number}")
        assert _value_of(good, 2, 299)
        assert _resident_mb() - before < 60


def test_socket_when_a_peer_asks_and_never_reads_then_it_is_not_listened_to(
    served: ServedSite, key: str, wait_until: Any
) -> None:
    """A peer that asks for more than it reads comes to wait for itself: the server reads no more of it."""
    with raw_socket(served, key) as silent, served.socket(key) as good:
        silent.settimeout(1.0)
        asks = masked(json.dumps([{"type": "get", "data": {"varIds": [1]}}] * 500))
        with pytest.raises(TimeoutError):
            send_for_ever(silent, asks)
        good.show(2, "count")
        assert good.hear_value(2) == 0


def test_socket_when_a_peer_leaves_a_frame_unread_then_it_is_left_alone(
    served: ServedSite, key: str, wait_until: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that doesn't read has its time; then what it watched and made goes."""
    monkeypatch.setattr("luahost.server.peer.SENDING_S", 0.2)
    (session,) = served.host.sessions
    with raw_socket(served, key) as silent:
        silent.sendall(masked('{"type":"create","data":{"id":2,"parentId":1,"properties":{"path":"text"}}}'))
        wait_until(lambda: len(session.variables()) == 2)
        for number in range(20):
            session.execute(f"app.text = string.rep('x', 1000000) .. {number}")
            if not session.connections:
                break
            silent.sendall(masked('{"userEvent":true,"messages":[{"type":"get","data":{"varIds":[2]}}]}'))
        wait_until(lambda: not session.connections and len(session.variables()) == 1)


def send_for_ever(connection: sockets.socket, data: bytes) -> None:
    """Sends the same until nobody takes it any more."""
    while True:
        connection.sendall(data)


def _resident_mb() -> float:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_turn_when_it_takes_too_long_then_the_peer_is_told_and_the_server_goes_on(
    serve: Callable[..., ServedSite],
) -> None:
    """A method that never ends is ended; meanwhile the server answers others."""
    served = serve(SITE, time_limit_s=0.5)
    with served.socket() as tab:
        tab.show(3, "count")
        tab.show(2, "spin()", access="action")
        tab.say(("update", {"varId": 2, "value": None}))
        assert served.get("/health").status == 200
        assert tab.hear_code() == "limit"
        tab.show(4, "count")
        assert tab.hear_value(4) == 0


def test_reload_when_lua_and_definitions_are_saved_then_open_pages_follow(served: ServedSite, tab: Socket) -> None:
    """A saved file reaches the page that is open, its new definition ahead."""
    tab.show(2, "text")
    tab.hear()
    (served.root / "lua" / "main.lua").write_text(MAIN.replace('text = ""', 'text = "new"'))
    (served.root / "viewdefs" / "App.DEFAULT.html").write_text("<template>new</template>")
    served.host.reload()
    tab.say(("watch", {"varId": 1}))
    assert tab.hear_value(2) == "new"


def test_server_when_it_leaves_then_peers_are_told_and_it_is_quick(serve: Callable[..., ServedSite]) -> None:
    """Open connections are closed with 1012, and leaving has an end."""
    served = serve(SITE)
    with served.socket() as tab:
        tab.show(2, "count")
        tab.hear()
        served.listener.stop()
        with pytest.raises(ConnectionClosed):
            tab.hear()
        assert tab.inner.close_code == 1012
