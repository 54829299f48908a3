"""The console script: what a way of ending exits with, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from luahost.cli import main
from luahost.errors import LuaError, LuaHostError, SettingsError


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (SettingsError("vm: no"), 3, "luahost: vm: no\n"),
        (SettingsError("vm: no", "roots: no"), 3, "luahost: vm: no\nluahost: roots: no\n"),
        (LuaError("no", file="lua/main.lua", line=3), 1, "luahost: lua/main.lua:3: no\n"),
        (LuaHostError("so"), 1, "luahost: so\n"),
    ],
)
def test_execute_when_a_command_fails_then_says_why_in_a_line(
    error: Exception, code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What isn't our fault is a line, without Python's side."""
    monkeypatch.setattr(main, "_group", lambda: Failing(error))
    assert main.execute([]) == code
    assert capsys.readouterr().err == told


def test_execute_when_the_fault_is_ours_then_shows_pythons_side_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of luahost is told as one, with what is needed to find it."""
    monkeypatch.setattr(main, "_group", lambda: Failing(ZeroDivisionError("inside")))
    assert main.execute([]) == 1
    told = capsys.readouterr().err
    assert told.startswith("Traceback (most recent call last):\n")
    ours = "luahost: a fault of luahost itself, not of the site: please report it with these lines\n"
    assert told.endswith(f"ZeroDivisionError: inside\n{ours}")


class Failing:
    """A group of commands that raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def main(self, *_: Any, **__: Any) -> int:
        """Raises."""
        raise self._error


def test_main_when_interrupted_while_it_loads_then_is_quiet(tmp_path: Path) -> None:
    """Ctrl-C in the half second before a command begins is no traceback."""
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    ended = subprocess.run([sys.executable, "-m", "luahost"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stderr) == (130, "")
