"""`luahost run` with lines from standard input: the console script in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 20.0

MAIN = """\
Counter = session:prototype("Counter", { value = 0 })
function Counter:add() self.value = self.value + 1; return self.value end
counter = counter or session:create(Counter)
"""


class Run:
    """A running `luahost run`, its two outputs together."""

    def __init__(self, *arguments: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
        self.process = subprocess.Popen(
            [LUAHOST, "run", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        self.text = ""
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def send(self, line: str, shows: str = "") -> None:
        """Types a line, and waits until what it shows has come."""
        assert self.process.stdin is not None
        already = len(self.text)
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
        self.wait_for(shows, already)

    def wait_for(self, text: str, start: int = 0) -> None:
        """Waits until `text` has been shown."""
        with self._more:
            assert self._more.wait_for(lambda: text in self.text[start:], DEADLINE_S), self.text

    def end(self) -> int:
        """Ends the input, and returns the exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(DEADLINE_S)
        self._thread.join(DEADLINE_S)
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._more:
                self.text += line.decode()
                self._more.notify_all()


@contextmanager
def running(*arguments: str) -> Iterator[Run]:
    """Runs `luahost run`, and ends it."""
    run = Run(*arguments)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.end()


def shown(site: Path, lines: str, *arguments: str) -> tuple[int, str, str]:
    """Returns what `luahost run` does with these lines: exit code, standard output, standard error."""
    done = subprocess.run(
        [LUAHOST, "run", str(site), *arguments],
        input=lines,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a counter."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN, encoding="utf-8")
    return tmp_path


def save(site: Path, text: str) -> None:
    """Saves lua/main.lua as an editor does."""
    new = site / "lua" / "main.lua.new"
    new.write_text(text, encoding="utf-8")
    new.replace(site / "lua" / "main.lua")


def test_run_when_lines_come_then_writes_results_in_their_order(site: Path) -> None:
    """Prints and results stand in the order of the lines, and nothing else does."""
    lines = "1 + 1\nx = 5\nprint('hi')\nx * 2, 'a'\nfor i = 1, 2 do\nprint(i)\nend\ncounter:add()\n=nil"
    assert shown(site, lines) == (0, '2\nhi\n10, "a"\n1\n2\n1\nnil\n', "")


def test_run_when_a_line_fails_then_goes_on_and_exits_with_1(site: Path) -> None:
    """An error is shown with its line; the next one runs."""
    code, out, err = shown(site, "counter.none.x = 1\nerror('boom')\ncounter:add()\n")
    assert (code, out) == (1, "1\n")
    assert "stdin:1: attempt to index a nil value" in err
    assert "stdin:2: boom" in err
    assert "Traceback" not in err


def test_run_when_a_chunk_stays_open_then_shows_what_it_lacks(site: Path) -> None:
    """The end of input within a chunk is an error."""
    code, _, err = shown(site, "\nfor i = 1, 2 do\n")
    assert code == 1
    assert "'end' expected" in err


def test_run_when_a_file_is_saved_then_shows_the_reload_and_runs_new_code(site: Path) -> None:
    """A save reaches the running session, which keeps its objects."""
    with running(str(site)) as run:
        run.send("counter:add()", shows="1\n")
        save(site, MAIN.replace("+ 1", "+ 10").replace("value = 0", "value = 0, email = 'x'"))
        run.wait_for("reloaded lua/main.lua · 1 session · Counter +email · 1 instance · ")
        run.send("counter:add()", shows="11\n")
        assert run.end() == 0


def test_run_when_a_save_does_not_parse_then_the_last_good_code_goes_on(site: Path) -> None:
    """A syntax error is shown with its source; the session keeps its code, and takes the next good save."""
    with running(str(site)) as run:
        run.send("counter:add()", shows="1\n")
        save(site, MAIN + "function oops(\n")
        run.wait_for("not reloaded lua/main.lua · the last good code goes on\nlua/main.lua:")
        run.send("counter:add()", shows="2\n")
        save(site, MAIN.replace("+ 1", "+ 10"))
        run.wait_for("\nreloaded lua/main.lua")
        run.send("counter:add()", shows="12\n")


def test_run_when_main_fails_then_starts_once_it_is_corrected(site: Path) -> None:
    """A site that doesn't start is shown why, and started when it can be."""
    save(site, "error('not yet')")
    with running(str(site)) as run:
        run.wait_for("lua/main.lua:1: not yet\n")
        save(site, MAIN)
        run.send(":reload")
        run.send("counter:add()", shows="1\n")
        assert run.end() == 1


def test_run_when_a_reload_is_undone_then_code_and_objects_are_as_before(site: Path) -> None:
    """`:undo` takes a save back in the session; the file stays, and its next save is taken again."""
    with running(str(site), "--sessions", "2") as run:
        run.send("=counter:add()", shows="1\n")
        other = MAIN.replace("value = 0", "value = 0, step = 5").replace("+ 1", "+ self.step")
        (site / "lua" / "main.lua").write_text(other, encoding="utf-8")
        run.wait_for("reloaded lua/main.lua · 2 sessions · Counter +step")
        run.send("=counter:add()", shows="6\n")
        run.send(":undo", shows="undone lua/main.lua · 2 sessions · Counter -step · 1 instance · ")
        run.wait_for("the files stay as they are: the next save of one, or :reload, takes it again\n")
        run.send("=counter:add()", shows="2\n")
        run.send(":undo", shows="nothing to undo: the last reload has been undone; a save or a reload takes")
        already = len(run.text)
        (site / "lua" / "main.lua").write_text(other, encoding="utf-8")
        run.wait_for("reloaded lua/main.lua", already)
        run.send("=counter:add()", shows="7\n")
        assert run.end() == 1  # a command that could not be carried out


def test_run_when_told_not_to_watch_then_reloads_on_command(site: Path) -> None:
    """With --no-reload only `:reload` takes a save."""
    with running(str(site), "--no-reload") as run:
        run.send("counter:add()", shows="1\n")
        save(site, MAIN.replace("+ 1", "+ 10"))
        run.send("counter:add()", shows="2\n")
        run.send(":reload", shows="reloaded lua/main.lua")
        run.send("counter:add()", shows="12\n")
        run.send(":reload", shows="nothing changed\n")


def test_run_when_an_app_is_named_then_requires_it(site: Path) -> None:
    """--app NAME requires NAME.app after main.lua."""
    app = site / "apps" / "contacts" / "app.lua"
    app.parent.mkdir(parents=True)
    app.write_text("contacts = 'loaded'", encoding="utf-8")
    assert shown(site, "contacts", "--app", "contacts") == (0, '"loaded"\n', "")


def test_run_when_several_sessions_are_asked_for_then_lists_them(site: Path) -> None:
    """--sessions N creates N sessions."""
    code, out, _ = shown(site, ":sessions\n", "--sessions", "3")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["*", "1"], ["2", "0"], ["3", "0"]]


def test_run_when_a_session_does_not_end_then_kill_ends_its_turn(site: Path) -> None:
    """`:kill ID` ends what a session runs; it says so where that is nothing, or there is no such session."""
    (site / "lua/main.lua").write_text(
        "if session.id == '2' then session:setTimeout(function() while true do end end, 1) end"
    )
    ended = "local at = os.time() while os.time() < at + 1 do end\n:kill 2\n"
    code, out, err = shown(site, f"{ended}:kill 1\n:kill 9\n", "--sessions", "2")
    assert out == "its turn was ended\nsession 1 runs nothing now\n"
    assert "no session 9; :sessions shows them" in err
    assert code == 1


def test_run_when_logging_then_logs_go_to_standard_error(site: Path) -> None:
    """`print` is for standard output; logs are for standard error, as JSON with the session and its generation."""
    _, out, err = shown(site, "print('a') ui.log('warn', 'b') ui.log('info', 'c') ui.log('debug', 'd')\n")
    logged = [json.loads(line) for line in err.splitlines()]
    assert out == "a\n"
    assert [(line["level"], line["event"], line["session"], line["generation"], line["at"]) for line in logged] == [
        ("warning", "b", "1", 0, "stdin:1"),
        ("info", "c", "1", 0, "stdin:1"),
    ]


def test_run_when_a_console_is_asked_for_then_logs_are_for_people(site: Path) -> None:
    """`log_format = "console"` writes lines to be read."""
    (site / "luahost.toml").write_text("log_format = 'console'\n")
    _, _, err = shown(site, "local x ui.log('warn', 'b')\n")
    assert err == "warn: stdin:1: b\n"


def test_run_when_older_code_runs_on_then_an_error_shows_its_text(site: Path) -> None:
    """After a save that was not taken, or was undone, the lines around an error are those that ran, not the file's."""
    main = site / "lua" / "main.lua"
    older = "function fail()\n  error('no') -- the text that runs\nend\nfunction endless() while true do end end\n"
    main.write_text(MAIN + older)
    (site / "luahost.toml").write_text("time_limit_s = 0.3\n")
    with running(str(site), "--no-reload") as run:
        run.send("=1", shows="1\n")
        main.write_text("-- a line more\n" * 3 + MAIN + "function fail() end\nerror('half way')\n")
        run.send(":reload", shows="not reloaded lua/main.lua")
        run.wait_for("> 8 │ error('half way')")
        run.send("fail()", shows="  > 5 │   error('no') -- the text that runs\n")
        run.send("endless()", shows="  > 7 │ function endless() while true do end end\n")
        assert run.end() == 1


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "--trsut"], 2, "Did you mean '--trust'?"),
        (["rnu"], 2, "Did you mean 'run'?"),
        (["run", "--vm", "lua51"], 2, "lua54, lua55, luajit21"),
        (["run", "--sessions", "0"], 2, "x>=1"),
        (["run", "/no/such/site"], 3, "luahost: "),
    ],
)
def test_luahost_when_used_wrongly_then_exits_with_a_hint(arguments: list[str], code: int, message: str) -> None:
    """Wrong usage is 2, a wrong environment 3; both say what to do, without a Python traceback."""
    done = subprocess.run([LUAHOST, *arguments], input="", capture_output=True, text=True, timeout=DEADLINE_S)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_luahost_when_alone_then_prints_help() -> None:
    """Without a command there is help."""
    done = subprocess.run([LUAHOST], capture_output=True, text=True, timeout=DEADLINE_S)
    assert (done.returncode, "Usage: luahost" in done.stdout) == (0, True)


def test_run_when_interrupted_then_exits_with_130(site: Path) -> None:
    """Ctrl-C ends line mode quietly."""
    with running(str(site)) as run:
        run.send("1", shows="1\n")
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(DEADLINE_S) == 130
    assert run.text.split() == ["1"]
