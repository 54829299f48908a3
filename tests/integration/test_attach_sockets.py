"""The socket of a running host: where it is, who may open it, what becomes of it, and what it makes of bad input."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attached_site import AttachedSite

from luahost.attach import addresses
from luahost.attach.hosts import connect
from luahost.attach.messages import LONGEST_LINE
from luahost.errors import AttachError

DEADLINE_S = 10.0
NOBODY = 65534


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[AttachedSite]:
    """Returns a site with a running host and one session."""
    with AttachedSite(tmp_path) as attached:
        yield attached


def leave_dead(site: Path, process: int = 1) -> Path:
    """Leaves a socket that nobody listens behind, as a host does that was killed."""
    path = site / ".luahost" / f"host-{process}.sock"
    path.parent.mkdir(exist_ok=True)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    return path


class Raw:
    """A connection on which anything can be sent."""

    def __init__(self, site: AttachedSite) -> None:
        assert site.door.path is not None
        self.connection = addresses.connected(site.door.path, DEADLINE_S)
        self.connection.settimeout(DEADLINE_S)
        self._file = self.connection.makefile("rb")
        assert self.hear()["type"] == "hello"

    def send(self, line: bytes) -> dict[str, Any]:
        """Sends a line, and returns what is said next."""
        self.connection.sendall(line + b"\n")
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """Returns what is said next; nothing at the end."""
        try:
            line = self._file.readline()
        except ConnectionResetError:  # closed at the other side, before it had read all of ours
            line = b""
        heard: dict[str, Any] = json.loads(line) if line else {}
        return heard

    def close(self) -> None:
        """Ends the connection."""
        self._file.close()
        self.connection.close()


@pytest.fixture
def raw(attached: AttachedSite) -> Iterator[Raw]:
    """Returns a connection on which anything can be sent."""
    raw = Raw(attached)
    yield raw
    raw.close()


def test_door_when_open_then_only_its_owner_may_open_it(attached: AttachedSite) -> None:
    """The socket and its folder are the owner's alone."""
    path = attached.door.path
    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_door_when_closed_then_leaves_nothing_behind(tmp_path: Path) -> None:
    """A socket goes with its host, and the folder if nothing else is in it."""
    with AttachedSite(tmp_path):
        pass
    assert not (tmp_path / ".luahost").exists()


def test_door_when_it_closes_on_a_visitor_then_complains_of_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A host that leaves while somebody is attached prints no traceback."""
    with AttachedSite(tmp_path) as attached:
        raw = Raw(attached)
        attached.door.close()
        assert raw.hear() == {}
        raw.close()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_door_when_the_folder_has_other_things_then_they_stay(tmp_path: Path) -> None:
    """What others keep in the folder isn't touched."""
    (tmp_path / ".luahost").mkdir()
    (tmp_path / ".luahost" / "history").write_text("x")
    with AttachedSite(tmp_path):
        pass
    assert [path.name for path in (tmp_path / ".luahost").iterdir()] == ["history"]


def test_door_when_a_dead_host_left_its_socket_then_it_is_cleared_away(tmp_path: Path) -> None:
    """What a dead host left goes when the next one starts, be it of the same process number."""
    dead, same = leave_dead(tmp_path), leave_dead(tmp_path, os.getpid())
    with AttachedSite(tmp_path) as attached:
        assert not dead.exists()
        assert attached.door.path == same
        assert attached.client().ask("sessions")[0]["id"] == "1"


@pytest.mark.parametrize("length", [90, 200, 900])
def test_door_when_the_path_is_long_then_works_all_the_same(tmp_path: Path, length: int) -> None:
    """A site may lie deeper than the address of a socket is long."""
    deep = tmp_path
    while len(str(deep)) < length:
        deep = deep / "folder-within-a-folder"
    deep.mkdir(parents=True)
    with AttachedSite(deep) as attached:
        assert attached.client().ask("sessions")[0]["id"] == "1"


def test_door_when_the_folder_cannot_be_made_then_says_so(tmp_path: Path) -> None:
    """A site whose folder is in the way is told in one line."""
    (tmp_path / ".luahost").write_text("a file")
    with pytest.raises(AttachError, match="no socket can be made there"):
        AttachedSite(tmp_path)


def test_connect_when_two_hosts_run_then_asks_which(tmp_path: Path) -> None:
    """Two hosts on a site each have a socket; who asks has to choose."""
    with AttachedSite(tmp_path) as first, AttachedSite(tmp_path) as second:
        assert first.door.path != second.door.path
        with pytest.raises(AttachError, match="2 hosts run on") as caught:
            connect(str(tmp_path))
        assert f"choose one with --pid: {os.getpid()}" in str(caught.value)
        client = connect(str(second.door.path))
        client.close()
    assert first.session.is_closed


def test_connect_when_there_is_no_host_then_says_what_to_do(tmp_path: Path) -> None:
    """Without a host there is one line: how to start one."""
    with pytest.raises(AttachError, match=f"no host runs on {tmp_path}: start one with `luahost run {tmp_path}`"):
        connect(str(tmp_path))


def test_connect_when_a_dead_host_left_its_socket_then_says_that(tmp_path: Path) -> None:
    """A socket without a host is told of as such."""
    path = leave_dead(tmp_path, 4711)
    with pytest.raises(AttachError, match=r"host-4711\.sock was left by one that has gone"):
        connect(str(tmp_path))
    with pytest.raises(AttachError, match="left by a host that has gone"):
        connect(f"unix:{path}")
    with pytest.raises(AttachError, match="no host with the process 5"):
        connect(str(tmp_path), 5)


def test_connect_when_the_place_is_nothing_then_says_so(tmp_path: Path) -> None:
    """What is neither a site nor a socket is named."""
    with pytest.raises(AttachError, match="neither a site nor the socket of a host"):
        connect(str(tmp_path / "none"))


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n", b'{"type":"hello","data":{}}\n', b"\xff\n"])
def test_connect_when_something_else_answers_then_says_so(tmp_path: Path, greeting: bytes) -> None:
    """A socket of another program is told from a host's."""
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(1)

        def answer() -> None:
            connection, _ = other.accept()
            connection.sendall(greeting)
            connection.close()

        answering = threading.Thread(target=answer)
        answering.start()
        with pytest.raises(AttachError, match="no host of luahost"):
            connect(str(path))
        answering.join()


def test_connect_when_the_host_is_of_another_version_then_says_so(
    attached: AttachedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose messages are others can't be asked."""
    monkeypatch.setattr("luahost.attach.client.PROTOCOL", 2)
    with pytest.raises(AttachError, match="use the same version"):
        attached.client()


BAD = [
    b"",
    b"nonsense",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"type": "sessions"}',
    b'{"type": "fly", "number": 1, "data": {}}',
    b'{"type": "sessions", "number": 1, "data": {"more": 1}}',
    b'{"type": "sessions", "number": 1, "data": []}',
    b'{"type": "evaluate", "number": 1, "data": {"session": "1"}}',
    b'{"type": "evaluate", "number": 1, "data": {"session": "1", "text": "1", "width": 0}}',
    b'{"type": "evaluate", "number": 1, "data": {"session": "1", "text": "1", "line": -1}}',
    b'{"type": "evaluate", "number": 1, "data": {"session": 1, "text": "1"}}',
    b'{"type": "evaluate", "number": 1e99, "data": {"session": "1", "text": "1"}}',
]


@pytest.mark.parametrize("line", BAD, ids=lambda line: line[:60].decode(errors="replace"))
def test_visitor_when_it_sends_nonsense_then_is_told_and_may_go_on(raw: Raw, line: bytes) -> None:
    """Bad input is answered with `bad-message` and what is wrong with it; nothing else happens."""
    told = raw.send(line)
    assert (told["type"], told["data"]["code"]) == ("error", "bad-message")
    assert raw.send(b'{"type": "sessions", "number": 7}')["number"] == 7


def test_visitor_when_a_known_request_is_wrong_then_the_error_bears_its_number(raw: Raw) -> None:
    """Who asked learns that it was this question, and where it is wrong."""
    told = raw.send(b'{"type": "evaluate", "number": 5, "data": {"session": "1", "text": 1}}')
    assert told["number"] == 5
    assert "$.text" in told["data"]["description"]


def test_visitor_when_a_line_is_endless_then_is_cut_off(raw: Raw, attached: AttachedSite) -> None:
    """What is too long isn't taken in."""
    with suppress(BrokenPipeError):  # it is cut off before all is sent
        raw.connection.sendall(b"x" * (LONGEST_LINE + 100_000))
    assert raw.hear()["data"]["description"] == "no request: the line is too long"
    assert raw.hear() == {}
    assert attached.client().ask("sessions")


def test_visitor_when_it_never_reads_then_the_host_goes_on(raw: Raw, attached: AttachedSite) -> None:
    """Who doesn't read holds nobody up, and nothing piles up for it."""
    raw.send(b'{"type": "follow", "number": 1, "data": {}}')
    raw.connection.setblocking(False)
    ask = b'{"type": "evaluate", "number": 2, "data": {"session": "1", "text": "string.rep(\'x\', 100000)"}}\n'
    sent = 0
    try:
        for _ in range(20_000):
            sent += raw.connection.send(ask)
    except BlockingIOError:
        pass
    assert sent < 20_000 * len(ask)
    attached.session.execute("for i = 1, 3000 do print(string.rep('y', 1000)) end")
    assert attached.client().ask("evaluate", session="1", text="1 + 1")["text"] == "2"


def test_visitor_when_there_are_too_many_then_the_next_is_turned_away(attached: AttachedSite) -> None:
    """The number of connections is bounded; when some go, others may come."""
    many = [Raw(attached) for _ in range(32)]
    with pytest.raises(AttachError, match="no room for more"):
        attached.client()
    for raw in many:
        raw.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
def test_visitor_when_it_is_another_user_then_is_turned_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Another user isn't let in by the file's mode; and if that were changed, by who it is."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with AttachedSite(Path(folder)) as attached:
            path = attached.door.path
            assert path is not None
            os.chmod(path.parent, 0o755)
            assert "PermissionError" in said_to_nobody(path)
            os.chmod(path, 0o666)
            assert said_to_nobody(path) == "nothing"


def said_to_nobody(path: Path) -> str:
    """Returns what a process of the user `nobody` reads from a socket, or which error it gets."""
    code = (
        "import os, socket, sys\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
        "s = socket.socket(socket.AF_UNIX); s.settimeout(10)\n"
        "try:\n    s.connect(sys.argv[1]); print('told' if s.recv(10) else 'nothing')\n"
        "except OSError as e: print(type(e).__name__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=DEADLINE_S)
    return done.stdout.strip()
