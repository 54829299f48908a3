"""`luahost serve` and `luahost run --serve`: the console script in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from served_site import Socket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from luahost.cli.listening import address_of

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 20.0

MAIN = """
app = { count = 1 }
function app:add() self.count = self.count + 1 end
function app:spin() while true do end end
session:createAppVariable(app)
"""


@pytest.fixture
def folder(site: Callable[..., Path]) -> Path:
    """Returns a site with a page."""
    return site({"lua/main.lua": MAIN, "html/index.html": "page"})


class Process:
    """A running command, whose outputs are one, and where it serves."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
        self.inner = subprocess.Popen(
            [LUAHOST, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**inherited, **environment},
            text=True,
        )
        self.lines: list[str] = []

    def url(self) -> str:
        """Waits until it serves, and returns where."""
        return self.read_until(r"at (http://\S+)")

    def read_until(self, pattern: str) -> str:
        """Reads lines until one has the pattern, and returns its first group."""
        assert self.inner.stdout is not None
        for line in self.inner.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError("".join(self.lines))

    def end(self, signal: int) -> tuple[int, float]:
        """Sends a signal; returns the exit code, and how long it took."""
        began = time.monotonic()
        self.inner.send_signal(signal)
        rest, _ = self.inner.communicate(timeout=DEADLINE_S)
        self.lines.append(rest)
        return self.inner.returncode, time.monotonic() - began


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Process]:
    """Runs a command, and ends it."""
    process = Process(*arguments, **environment)
    try:
        yield process
    finally:
        process.inner.kill()
        process.inner.communicate()


@contextmanager
def tab(url: str) -> Iterator[Socket]:
    """Returns a WebSocket of the session at an address."""
    root, _, key = url.rpartition("/")
    with connect(f"{root.replace('http', 'ws')}/ws/{key}", open_timeout=DEADLINE_S) as inner:
        yield Socket(inner)


def visit(url: str) -> str:
    """Returns the address of the session that a visitor is sent to."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "text/html"})) as answer:
        assert answer.read() == b"page"
        return str(answer.url)


def test_serve_when_it_runs_then_visitors_have_sessions(folder: Path) -> None:
    """It prints where it is; a visitor's session is shown, and acts."""
    with running("serve", str(folder), "--port", "0") as process, tab(visit(process.url())) as socket:
        socket.show(2, "count")
        assert socket.hear_value(2) == 1
        page = urllib.request.urlopen(process.read_until(r"what runs: (\S+)"), timeout=DEADLINE_S)
        assert b"inspector" in page.read()


def test_serve_when_it_is_told_to_end_then_peers_are_told_and_it_leaves_quickly(folder: Path) -> None:
    """SIGTERM closes connections and sessions, and exits with 0 within its time."""
    with running("serve", str(folder), "--port", "0") as process, tab(visit(process.url())) as socket:
        socket.show(2, "count")
        socket.hear()
        code, took_s = process.end(signal.SIGTERM)
        assert (code, took_s < 8) == (0, True)
        with pytest.raises(ConnectionClosed):
            socket.hear()
        assert "Traceback" not in "".join(process.lines)
        assert "session_closed" in process.lines[-1]


def test_serve_when_a_guest_never_ends_then_it_leaves_all_the_same(folder: Path) -> None:
    """A turn that would go on for ever is ended, and the process leaves within its time."""
    environment = {"LUAHOST_TIME_LIMIT_S": "0", "LUAHOST_WAIT_S": "0"}
    with running("serve", str(folder), "--port", "0", **environment) as process, tab(visit(process.url())) as socket:
        socket.show(2, "count")
        socket.hear()
        socket.show(3, "spin()", access="action")
        socket.say(("update", {"varId": 3, "value": None}))
        code, took_s = process.end(signal.SIGTERM)
        assert took_s < 18, code


def test_serve_when_it_is_interrupted_then_exits_with_130(folder: Path) -> None:
    """Ctrl-C ends it quietly."""
    with running("serve", str(folder), "--port", "0") as process:
        process.url()
        code, _ = process.end(signal.SIGINT)
        assert (code, "Traceback" in "".join(process.lines)) == (130, False)


def test_serve_when_it_is_killed_and_started_again_then_a_page_knows_that_its_session_is_gone(folder: Path) -> None:
    """A peer that comes again after a restart is told so, at the same address, and finds a new session."""
    with running("serve", str(folder), "--port", "0") as process:
        url = process.url()
        former = visit(url)
        process.inner.kill()
        process.inner.wait()
    with running("serve", str(folder), "--port", url.rsplit(":", 1)[1]) as process:
        assert process.url() == url
        with tab(former) as socket:
            assert socket.hear_code() == "gone"
        assert visit(url) != former


def failed(*arguments: str) -> tuple[int, str]:
    """Returns exit code and error output of a command that can't serve."""
    done = subprocess.run([LUAHOST, *arguments], input="", capture_output=True, text=True, timeout=DEADLINE_S)
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["serve", "run"])
def test_serve_when_the_port_is_taken_then_one_line_says_so(folder: Path, command: str) -> None:
    """A port in use is one clear line, and exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["--port", port] if command == "serve" else ["--serve", f"127.0.0.1:{port}"]
        code, text = failed(command, str(folder), *arguments)
    assert (code, text) == (
        3,
        f"luahost: can't listen at 127.0.0.1:{port}: another program listens there; choose another port, "
        "or 0 for any free one\n",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["serve", "--port", "70000"], 2, "0<=x<=65535"),
        (["serve", "--prot", "1"], 2, "Did you mean"),
        (["serve", "/no/such/site"], 3, "luahost: "),
        (["serve", "--host", "203.0.113.9", "--port", "0"], 3, "this machine has no such address"),
        (["serve", "--host", "no such host", "--port", "0"], 3, "can't listen at no such host:0"),
        (["serve", "--origin", "example.org"], 3, "origins, like https://example.org"),
        (["run", "--serve", "a/b", "c"], 2, "is no address"),
    ],
)
def test_serve_when_used_wrongly_then_exits_with_a_hint(arguments: list[str], code: int, message: str) -> None:
    """Wrong usage is 2, a wrong environment 3; both say what to do, without a Python traceback."""
    given, text = failed(*arguments)
    assert (given, message in text, "Traceback" in text) == (code, True, False), text


def test_serve_when_roots_name_no_folder_then_warns_and_serves(folder: Path) -> None:
    """The setting and the folder are named before the address."""
    with running("serve", str(folder), "--port", "0", LUAHOST_ROOTS=f"{folder}/gone") as process:
        assert process.url().startswith("http://127.0.0.1:")
        assert process.lines[0].startswith(f"luahost: roots: {folder}/gone is no folder: ")


def test_run_when_it_serves_then_the_browser_sees_the_prompts_session(folder: Path) -> None:
    """`run --serve` prints the address of the session that the prompt is in: what is typed is seen there."""
    with running("run", str(folder), "--serve", ":0") as process, tab(process.url()) as socket:
        socket.show(2, "count")
        assert socket.hear_value(2) == 1
        assert process.inner.stdin is not None
        process.inner.stdin.write("app:add()\n")
        process.inner.stdin.flush()
        assert socket.hear_value(2) == 2
        process.inner.stdin.close()
        process.inner.stdin = None
        assert process.inner.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("command", [("run", "--serve", ":0"), ("serve", "--port", "0")], ids=" ".join)
def test_serve_when_there_is_a_token_then_the_inspectors_address_is_told_without(
    folder: Path, command: tuple[str, ...]
) -> None:
    """One line says where the inspector is; the token stands in nothing that is printed."""
    name, *more = command
    with running(name, str(folder), *more, LUAHOST_TOKEN="hidden") as process:
        url = process.read_until(r"what runs: (\S+/inspector)$")
        with pytest.raises(HTTPError, match="401"):
            urllib.request.urlopen(url, timeout=DEADLINE_S)
        asked = urllib.request.Request(url, headers={"Authorization": "Bearer hidden"})
        with urllib.request.urlopen(asked, timeout=DEADLINE_S) as page:
            assert b"inspector" in page.read()
        process.inner.kill()
        rest, _ = process.inner.communicate()
    assert "hidden" not in "".join(process.lines) + rest


def test_run_when_the_site_stands_behind_serve_then_it_is_the_site(folder: Path) -> None:
    """`run --serve mysite` means the site, at the address of the settings."""
    (folder / "luahost.toml").write_text("port = 0\n")
    with running("run", "--serve", str(folder)) as process:
        assert visit(process.url())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        (":80", (None, 80)),
        ("80", (None, 80)),
        ("[::1]:80", ("::1", 80)),
        ("mysite", None),
        ("./a:80/b", None),
        ("a:b", None),
        ("a:99999", None),
        ("", None),
    ],
)
def test_address_of_when_it_is_read_then_a_folder_is_none(text: str, address: Any) -> None:
    """Host and port, either alone with its colon, or a port; anything else may be a site."""
    assert address_of(text) == address
