"""`luahost sessions`, `inspect`, `reload` and `repl`: the console script in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attached_site import MAIN, AttachedSite
from terminal import DEADLINE_S, LUAHOST

PLAIN_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENVIRONMENT, FAILED = 3, 1


def luahost(
    *arguments: str | Path, lines: str = "", folder: Path | None = None, **environment: str
) -> tuple[int, str, str]:
    """Returns what a command does: exit code, standard output, standard error."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    done = subprocess.run(
        [LUAHOST, *map(str, arguments)],
        input=lines.encode(),
        capture_output=True,
        timeout=DEADLINE_S * 2,
        cwd=folder,
        env={**plain, **environment},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[AttachedSite]:
    """Returns a site with a running host and one session."""
    with AttachedSite(tmp_path) as attached:
        yield attached


def test_sessions_when_a_host_runs_then_lists_them(attached: AttachedSite) -> None:
    """The host and its sessions, in this folder, in one that is named, or behind a socket."""
    second = attached.host.create_session()
    code, out, err = luahost("sessions", attached.root)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["id", "1", "2"]
    assert f"process {os.getpid()}" in out
    assert luahost("sessions", folder=attached.root)[1].splitlines()[1:] == out.splitlines()[1:]
    assert second.key[:8] in luahost("sessions", "--site", attached.door.path or "")[1]
    assert second.key[:8] in luahost("sessions", LUAHOST_SITE=str(attached.root))[1]


def test_sessions_when_asked_for_json_then_keys_are_stable(attached: AttachedSite) -> None:
    """Programs read the host's facts, and a list of sessions."""
    told = json.loads(luahost("sessions", attached.root, "--json")[1])
    assert list(told) == ["host", "sessions"]
    assert list(told["host"]) == [
        "protocol", "version", "process", "site", "vm", "trust", "started_s", "memory_limit_mb",
    ]  # fmt: skip
    assert list(told["sessions"][0]) == ["id", "key", "generation", "memory_kb", "is_busy", "peers"]


def test_inspect_when_a_session_is_named_then_shows_what_it_has(attached: AttachedSite) -> None:
    """Everything there is to see of a session, for people and for programs."""
    code, out, err = luahost("inspect", "1", "--site", attached.root)
    assert (code, err) == (0, "")
    for title in ("prototypes (1)", "modules (1)", "variables (1)", "timers", "last errors", "reloads"):
        assert f"\n{title}\n" in out
    told = json.loads(luahost("inspect", attached.session.key[:6], "--site", attached.root, "--json")[1])
    assert list(told)[:6] == ["id", "key", "generation", "memory_kb", "is_busy", "peers"]
    kinds = {"prototypes", "modules", "requires", "variables", "timers", "pending", "errors", "reloads"}
    assert kinds < set(told)


def test_inspect_when_the_id_is_not_there_then_says_which_are(attached: AttachedSite) -> None:
    """An id that isn't there exits with 3 and one line, as a process that isn't there does."""
    assert luahost("inspect", "7", "--site", attached.root) == (ENVIRONMENT, "", "luahost: no session 7; there is 1\n")
    assert luahost("reload", "7", "--site", attached.root)[0] == ENVIRONMENT
    code, _, err = luahost("repl", attached.root, "--session", "7")
    assert (code, err) == (ENVIRONMENT, "luahost: no session 7; there is 1\n")
    assert luahost("inspect", "1", "--site", attached.root, "--pid", "1")[0] == ENVIRONMENT


def test_reload_when_a_file_changed_then_shows_what_that_did(attached: AttachedSite) -> None:
    """A reload from outside reports as the prompt does; nothing to do is said, too."""
    assert luahost("reload", "--site", attached.root) == (0, "nothing changed\n", "")
    attached.write(MAIN.replace('name = ""', 'name = "", mail = ""'))
    code, out, _ = luahost("reload", "1", "--site", attached.root)
    assert (code, out.startswith("reloaded lua/main.lua · 1 session · Contact +mail · 1 instance")) == (0, True)
    told = json.loads(luahost("reload", "--site", attached.root, "--json")[1])
    assert told == {"ok": True, "reload": None}


def test_reload_when_a_file_is_wrong_then_shows_where_and_exits_with_1(attached: AttachedSite) -> None:
    """A mistake is shown with its source, which lies in the host's site."""
    attached.write("x = 1\noh(")
    code, out, err = luahost("reload", "1", "--site", attached.root)
    assert (code, out) == (FAILED, "")
    assert "> 2 │ oh(" in err
    attached.write("x = 1\noh((")
    told = json.loads(luahost("reload", "--site", attached.root, "--json")[1])
    assert (told["ok"], told["reload"]["errors"][0]["file"]) == (False, "lua/main.lua")


def test_repl_when_attached_with_lines_then_runs_them_there(attached: AttachedSite) -> None:
    """Lines from standard input run in the host's session, what they print comes back in its order."""
    lines = "counted = 41\nprint('hi')\ncounted + 1\nfor i = 1, 2 do\nprint(i)\nend\napp.ann.greet"
    code, out, err = luahost("repl", attached.root, "--attach", lines=lines)
    assert (code, err) == (0, "")
    assert out == "hi\n42\n1\n2\n<function lua/main.lua:2>\n"
    assert attached.session.eval("return counted") == 41


def test_repl_when_a_line_fails_then_shows_it_and_exits_with_1(attached: AttachedSite) -> None:
    """An error comes with its line; the next one runs."""
    code, out, err = luahost("repl", "--attach", attached.root, lines="error('oh')\n1\n")
    assert (code, out) == (FAILED, "1\n")
    assert "stdin:1: oh\n  > 1 │ error('oh')" in err


def test_repl_when_alone_then_has_a_session_that_is_not_kept(tmp_path: Path) -> None:
    """A site's main module runs in a session of the prompt's own, which leaves nothing behind."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN)
    (tmp_path / "luahost.toml").write_text('store = "sqlite:.luahost/sessions.db"\n')
    assert luahost("repl", tmp_path, lines="app.ann:greet()\n") == (0, '"hi Ann"\n', "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lua", "luahost.toml"]


def test_repl_when_there_is_no_site_then_is_plain_lua(tmp_path: Path) -> None:
    """Any folder will do for some lines of Lua; it stays as it is."""
    assert luahost("repl", lines="1 + 1, _VERSION\n", folder=tmp_path) == (0, '2, "Lua 5.4"\n', "")
    assert luahost("repl", "--vm", "luajit21", lines="jit ~= 1\n", folder=tmp_path)[0] == 0
    assert list(tmp_path.iterdir()) == []


COMMANDS = [
    ("sessions",),
    ("inspect", "1"),
    ("inspect",),
    ("reload",),
    ("repl", "--attach"),
    ("repl", "--session", "1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_when_no_host_runs_then_says_how_to_start_one(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Without a host each attached command exits with 3 and one line that says what to do."""
    expected = "luahost: no host runs on this folder: start one with `luahost run`\n"
    assert luahost(*command, folder=tmp_path) == (ENVIRONMENT, "", expected)


def test_command_when_the_place_is_wrong_then_says_so(tmp_path: Path) -> None:
    """A place that is neither a site nor a socket is named."""
    code, _, err = luahost("sessions", tmp_path / "none")
    assert (code, err) == (ENVIRONMENT, f"luahost: {tmp_path}/none: neither a site nor the socket of a host\n")
    assert luahost("repl", "--attach", "http://localhost:8080")[2].count("by the folder of its site") == 1


def test_command_when_the_locale_has_no_utf8_then_writes_plain_signs(attached: AttachedSite) -> None:
    """In the locale C tables are there, in plain signs."""
    attached.session.execute("session:setImmediate(function() error('\\195\\169') end)")
    code, out, err = luahost("sessions", attached.root, **PLAIN_LOCALE)
    assert (code, err, out.startswith("luahost 0.1.0 - process ")) == (0, "", True)
    code, out, err = luahost("inspect", "--site", attached.root, **PLAIN_LOCALE)
    assert (code, err, "\\xe9" in out) == (0, "", True)
    assert luahost("inspect", "--site", attached.root, "--json", **PLAIN_LOCALE)[0] == 0


@pytest.mark.parametrize("columns", ["1", "39", "300"])
def test_command_when_the_terminal_is_narrow_then_says_so_and_shows_all(attached: AttachedSite, columns: str) -> None:
    """Too few columns are said in a line; nothing fails."""
    code, out, err = luahost("inspect", "--site", attached.root, COLUMNS=columns)
    assert code == 0
    assert ("tables need 40: widen it, or use --json" in err) is (int(columns) < 40)
    _, _, err = luahost("repl", "--attach", attached.root, lines=":sessions\n", COLUMNS=columns)
    assert ("tables need 40: widen it, or look from another terminal" in err) is (int(columns) < 40)
    assert "Contact" in out.replace("\n", "")


class Running:
    """A `luahost` command that goes on, with its input and outputs."""

    def __init__(self, *arguments: str | Path) -> None:
        self.process = subprocess.Popen(
            [LUAHOST, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def close(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.communicate(timeout=DEADLINE_S)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Returns a function that starts a command on a site with an app."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN)
    running: list[Running] = []

    def begin(*arguments: str) -> Running:
        running.append(Running(arguments[0], tmp_path, *arguments[1:]))
        return running[-1]

    yield begin
    for each in running:
        each.close()


@pytest.mark.parametrize("command", [("run",), ("serve", "--port", "0"), ("run", "--serve", ":0")], ids=" ".join)
def test_host_when_it_runs_then_can_be_reached_until_it_ends(
    tmp_path: Path, start: Callable[..., Running], wait_until: Callable[..., None], command: tuple[str, ...]
) -> None:
    """`run` and `serve` can be reached while they run, and take their socket along when they are asked to end."""
    running = start(*command)
    wait_until(lambda: luahost("sessions", tmp_path)[0] == 0, timeout_s=20.0)
    told = json.loads(luahost("sessions", tmp_path, "--json")[1])
    assert told["host"]["process"] == running.process.pid
    assert len(told["sessions"]) == (0 if command[0] == "serve" else 1)
    running.process.send_signal(signal.SIGTERM)
    running.process.communicate(timeout=DEADLINE_S)
    assert not (tmp_path / ".luahost").exists()


def test_host_when_it_was_killed_then_its_socket_is_told_of_and_replaced(
    tmp_path: Path, start: Callable[..., Running], wait_until: Callable[..., None]
) -> None:
    """What a killed host leaves is told from a host, and cleared away by the next one."""
    killed = start("run")
    wait_until(lambda: luahost("sessions", tmp_path)[0] == 0, timeout_s=20.0)
    killed.close()
    code, _, err = luahost("sessions", tmp_path)
    left = f".luahost/host-{killed.process.pid}.sock was left by one that has gone"
    assert (code, err) == (
        ENVIRONMENT,
        f"luahost: no host runs on {tmp_path} ({left}): start one with `luahost run {tmp_path}`\n",
    )
    started = start("run")
    wait_until(lambda: luahost("sessions", tmp_path)[0] == 0, timeout_s=20.0)
    assert [path.name for path in (tmp_path / ".luahost").iterdir()] == [f"host-{started.process.pid}.sock"]


def test_host_when_the_site_cannot_have_a_socket_then_runs_all_the_same(tmp_path: Path) -> None:
    """A host that can't be reached says so, and goes on."""
    (tmp_path / "lua").mkdir()
    (tmp_path / ".luahost").write_text("a file")
    code, out, err = luahost("run", tmp_path, lines="1 + 1\n")
    assert (code, out) == (0, "2\n")
    assert err.startswith("not reachable for `luahost sessions` and the like: ")


@pytest.mark.parametrize("command", [("serve",), ("run", "--serve", "--no-reload")], ids=" ".join)
def test_serve_when_the_port_is_in_use_then_says_what_to_do(tmp_path: Path, command: tuple[str, ...]) -> None:
    """A port that another program has is one line, and 3."""
    import socket

    (tmp_path / "lua").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, err = luahost(*command, folder=tmp_path, LUAHOST_PORT=str(taken.getsockname()[1]))
    assert (code, err.count("\n")) == (ENVIRONMENT, 1)
    assert "another program listens there; choose another port, or 0 for any free one" in err
