"""`--profile FILE` of `run` and `serve`: the file that is left, however they end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 30.0
LINE = re.compile(r"^([^;]+ \(.+\)|\[luahost\])(;([^;]+ \(.+\)|\[luahost\]))* \d+$")
WORK = "for i = 1, 300 do local t = {} for j = 1, 3000 do t[j] = j * i end end\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that is busy as soon as a session starts."""
    folder = tmp_path / "site"
    (folder / "lua").mkdir(parents=True)
    (folder / "lua" / "main.lua").write_text(f"function busy()\n{WORK}end\nbusy()\nprint('ready')\n")
    return folder


def start(*arguments: str) -> subprocess.Popen[str]:
    """Starts luahost with its two outputs together."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
    return subprocess.Popen(
        [LUAHOST, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
    )


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Waits until a line with `text` has come; returns what follows in it."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return line.rpartition(text)[2].strip()
    pytest.fail(f"{text!r} never came")


def check(file: Path, told: str) -> None:
    """Checks that a profile is whole, and what was said of it."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(LINE.match(line) for line in lines), lines
    busy = sum(int(line.rsplit(" ", 1)[1]) for line in lines if "busy (lua/main.lua:1)" in line)
    total = sum(int(line.rsplit(" ", 1)[1]) for line in lines)
    assert busy > total / 2
    assert f"profile: {total:,} samples in {file}; open it at https://www.speedscope.app\n" in told
    assert list(file.parent.glob(".*.part")) == []


def test_run_when_input_ends_then_the_profile_is_written(site: Path, tmp_path: Path) -> None:
    """At the end of input the file is there, with a line that says where to look at it."""
    process = start("run", str(site), "--profile", str(tmp_path / "run.txt"))
    told, _ = process.communicate("busy()\n", timeout=DEADLINE_S)
    assert process.returncode == 0
    check(tmp_path / "run.txt", told)


def test_run_when_the_site_fails_then_the_profile_is_written(site: Path, tmp_path: Path) -> None:
    """An error doesn't lose what was seen before."""
    with (site / "lua" / "main.lua").open("a") as main:
        main.write("error('no')\n")
    process = start("run", str(site), "--profile", str(tmp_path / "run.txt"))
    told, _ = process.communicate("", timeout=DEADLINE_S)
    assert process.returncode == 1
    check(tmp_path / "run.txt", told)


def test_run_when_sigterm_comes_then_the_profile_is_written(site: Path, tmp_path: Path) -> None:
    """A process that is asked to end leaves the file."""
    process = start("run", str(site), "--profile", str(tmp_path / "run.txt"))
    wait_for(process, "ready")
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=DEADLINE_S)
    check(tmp_path / "run.txt", told)


def test_serve_when_sigterm_comes_then_the_profile_is_written(site: Path, tmp_path: Path) -> None:
    """So does a server, with what its visitors' sessions did."""
    pytest.importorskip("uvicorn")
    process = start("serve", str(site), "--port", "0", "--profile", str(tmp_path / "serve.txt"))
    url = wait_for(process, "serving " + str(site) + " at ")
    urlopen(Request(url, headers={"Accept": "text/html"}), timeout=DEADLINE_S).close()
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    check(tmp_path / "serve.txt", told)


def test_serve_when_nobody_came_then_says_that_the_profile_is_empty(site: Path, tmp_path: Path) -> None:
    """A profile in which nothing was seen is no silence."""
    pytest.importorskip("uvicorn")
    file = tmp_path / "serve.txt"
    process = start("serve", str(site), "--port", "0", "--profile", str(file))
    wait_for(process, "serving ")
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=DEADLINE_S)
    assert f"profile: no Lua ran long enough to be seen; {file} is empty\n" in told
    assert file.read_text() == ""


def test_run_when_an_older_profile_is_there_then_it_is_replaced(site: Path, tmp_path: Path) -> None:
    """The file of an earlier run gives way to the new one, whole."""
    file = tmp_path / "run.txt"
    file.write_text("older\n")
    process = start("run", str(site), "--profile", str(file))
    told, _ = process.communicate("", timeout=DEADLINE_S)
    check(file, told)


@pytest.mark.parametrize(("name", "reason"), [("missing/p.txt", "No such file or directory"), ("", "it is a folder")])
def test_run_when_the_file_can_not_be_written_then_says_so_at_once(
    site: Path, tmp_path: Path, name: str, reason: str
) -> None:
    """A file that can't be is refused before anything runs, as wrong usage, with what to do."""
    file = str(tmp_path / name) if name else str(tmp_path)
    process = start("run", str(site), "--profile", file)
    told, _ = process.communicate("", timeout=DEADLINE_S)
    assert process.returncode == 2
    assert f"--profile: {file} can't be written: {reason}; name a file in a folder that you may write to\n" in told
    assert "ready" not in told
