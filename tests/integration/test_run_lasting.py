"""`luahost run` on a site whose session lasts: over the end of input, SIGTERM, kill -9, and an edit in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from luahost.storage.sqlite_storage import open_sqlite
from tests.waiting import wait_for

LUAHOST = str(Path(sys.executable).parent / "luahost")
STORE = ("--store", "sqlite:.luahost/sessions.db")

MODEL = "P = session:prototype('P', { n = 0 })"
MAIN = """
require("model")
app = session:restore() or session:create(P)
session:createAppVariable(app)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a site whose code asks for what was saved."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN)
    (tmp_path / "lua" / "model.lua").write_text(MODEL)
    return tmp_path


def started(folder: Path, *flags: str) -> subprocess.Popen[str]:
    """Returns a running `luahost run`."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    return subprocess.Popen(
        [LUAHOST, "run", str(folder), *flags],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )


def run(folder: Path, lines: str, *flags: str) -> str:
    """Returns what a run shows of some lines, to the end of its input."""
    shown, _ = started(folder, *flags).communicate(lines, timeout=30)
    return shown


def wait_until_saved(folder: Path) -> None:
    """Waits until a session is in the store."""
    storage = open_sqlite(folder / ".luahost" / "sessions.db")
    wait_for(lambda: list(storage.scan("sessions")), "a saved session", timeout_s=20)
    storage.close()


def run_until(folder: Path, lines: str, ending: signal.Signals) -> int:
    """Runs lines, waits until the last has answered, and ends the process; returns its exit code."""
    process = started(folder, *STORE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(lines + "='done'\n")
    process.stdin.flush()
    for line in process.stdout:
        if "done" in line:
            break
    if ending == signal.SIGKILL:
        wait_until_saved(folder)
    process.send_signal(ending)
    code = process.wait(30)
    process.stdin.close()
    process.stdout.close()
    return code


def test_run_when_started_again_then_goes_on_and_says_so(folder: Path) -> None:
    """With a store, the session that it had last goes on, and one line says so."""
    run(folder, "app.n = 5\n", *STORE)
    shown = run(folder, "=app.n\n", *STORE)
    assert shown.count("goes on with session") == 1
    assert "\n5\n" in shown


def test_run_when_fresh_then_starts_anew(folder: Path) -> None:
    """`--fresh` leaves what was saved, and makes another session."""
    run(folder, "app.n = 5\n", *STORE)
    shown = run(folder, "=app.n\n", *STORE, "--fresh")
    assert "goes on" not in shown
    assert "0\n" in shown


def test_run_when_lines_are_read_then_keeps_nothing_unless_told(folder: Path) -> None:
    """A store in luahost.toml is for the prompt: lines from a pipe leave nothing behind."""
    (folder / "luahost.toml").write_text('store = "sqlite:.luahost/sessions.db"\n')
    run(folder, "app.n = 5\n")
    assert not (folder / ".luahost").exists()


def test_run_when_what_was_saved_is_damaged_then_says_so_and_what_to_do(folder: Path) -> None:
    """A session that can't come back is never given up for a new one in silence, nor written over."""
    run(folder, "app.n = 5\n", *STORE)
    with closing(sqlite3.connect(folder / ".luahost" / "sessions.db")) as database, database:
        database.execute("UPDATE body SET bytes = x'00'")
    shown = run(folder, "=app.n\n", *STORE)
    assert "what is stored is left as it is\n" in shown
    advice = "luahost store fsck looks at what is saved; run --fresh starts anew, and leaves that as it is"
    assert f"no session yet: {advice}\n" in shown
    assert "\n0\n" in f"\n{run(folder, '=app.n', *STORE, '--fresh')}"


def test_run_when_terminated_then_saves_and_leaves(folder: Path) -> None:
    """SIGTERM is an end like any other: what is there is saved."""
    assert run_until(folder, "app.n = 7\n", signal.SIGTERM) == 128 + signal.SIGTERM
    assert "\n7\n" in run(folder, "=app.n\n", *STORE)


def test_run_when_killed_and_the_code_was_edited_then_goes_on_migrated(folder: Path) -> None:
    """kill -9, an edit, a start: what was durable is there, and its objects have come to the new code."""
    assert run_until(folder, "app.n = 7\n", signal.SIGKILL) == -signal.SIGKILL
    (folder / "lua" / "model.lua").write_text(
        "P = session:prototype('P', { n = 0, twice = EMPTY })\nfunction P:mutate() self.twice = 2 * self.n end"
    )
    assert "\n14\n" in run(folder, "=app.twice\n", *STORE)
