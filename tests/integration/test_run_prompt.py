"""`luahost run` on a terminal: the prompt, in a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("prompt_toolkit")

LUAHOST = str(Path(sys.executable).parent / "luahost")
DEADLINE_S = 10.0
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
CTRL_C, CTRL_D = "\x03", "\x04"

MAIN = """\
Counter = session:prototype("Counter", { value = 0 })
function Counter:add() self.value = self.value + 1; return self.value end
counter = counter or session:create(Counter)
"""


class Terminal:
    """A terminal with `luahost run` in it."""

    def __init__(self, site: Path) -> None:
        self._ours, theirs = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LUAHOST_")}
        environment |= {"TERM": "xterm", "COLUMNS": "100", "PROMPT_TOOLKIT_NO_CPR": "1"}
        self.process = subprocess.Popen(
            [LUAHOST, "run", str(site)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self._raw = ""

    @property
    def text(self) -> str:
        """What was shown so far, without escape codes."""
        return ESCAPES.sub("", self._raw).replace("\r", "")

    def type(self, keys: str, shows: str) -> None:
        """Types, and waits until `shows` has come."""
        already = len(self.text)
        os.write(self._ours, keys.encode())
        self.wait_for(shows, already)

    def wait_for(self, text: str, start: int = 0) -> None:
        """Waits until `text` has been shown."""
        end = time.monotonic() + DEADLINE_S
        while text not in self.text[start:]:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, self.text
            self._raw += os.read(self._ours, 65536).decode(errors="replace")

    def close(self) -> None:
        """Ends the process."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_S)
        os.close(self._ours)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a counter."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(MAIN, encoding="utf-8")
    return tmp_path


@pytest.fixture
def terminal(site: Path) -> Iterator[Terminal]:
    """A terminal at its first prompt."""
    terminal = Terminal(site)
    try:
        terminal.wait_for("commands\n>")
        yield terminal
    finally:
        terminal.close()


def test_prompt_when_it_starts_then_says_what_runs(terminal: Terminal, site: Path) -> None:
    """The banner names version, Lua, trust and site."""
    assert f"lua54 · trusted · {site} · watching" in terminal.text


def test_prompt_when_lua_is_typed_then_shows_its_value(terminal: Terminal) -> None:
    """A line is evaluated in the live session."""
    terminal.type("counter:add() + 10\r", shows="\n11\n")


def test_prompt_when_a_chunk_is_incomplete_then_asks_for_more(terminal: Terminal) -> None:
    """A chunk may take several lines."""
    terminal.type("for i = 7, 8 do\r", shows="…")
    terminal.type("print(i * 100)\r", shows="…")
    terminal.type("end\r", shows="\n700\n800\n")


def test_prompt_when_interrupted_then_drops_the_line_and_leaves_at_ctrl_d(terminal: Terminal) -> None:
    """Ctrl-C clears the line, Ctrl-D leaves."""
    terminal.type("nonsense nonsense", shows="nonsense nonsense")
    terminal.type(CTRL_C, shows=">")
    terminal.type("1 + 1\r", shows="\n2\n>")
    terminal.type(CTRL_D, shows="")
    assert terminal.process.wait(DEADLINE_S) == 0


def test_prompt_when_a_file_is_saved_then_the_half_typed_line_stays(terminal: Terminal, site: Path) -> None:
    """A reload is shown above the line that is being typed, which goes on unharmed."""
    terminal.type("counter:a", shows="counter:a")
    (site / "lua" / "main.lua").write_text(MAIN.replace("+ 1", "+ 10"), encoding="utf-8")
    terminal.wait_for("reloaded lua/main.lua · 1 session")
    terminal.type("dd()\r", shows="\n10\n")


def test_prompt_when_a_line_was_typed_then_the_site_has_a_history(terminal: Terminal, site: Path) -> None:
    """The history lies in the site, and is made with the first line."""
    history = site / ".luahost" / "history"
    assert not history.exists()
    terminal.type("40 + 2\r", shows="\n42\n")
    assert "+40 + 2\n" in history.read_text(encoding="utf-8")


def test_prompt_when_a_command_is_begun_then_tab_completes_it(terminal: Terminal) -> None:
    """Commands complete."""
    terminal.type(":ses\t", shows="sions")
    terminal.type("\r", shows="generation")


def test_prompt_when_main_fails_then_works_once_it_is_corrected(site: Path) -> None:
    """The prompt shows why the site doesn't start, and goes on with the corrected file."""
    main = site / "lua" / "main.lua"
    main.write_text("error('not yet')", encoding="utf-8")
    terminal = Terminal(site)
    try:
        terminal.wait_for("lua/main.lua:1: not yet")
        terminal.wait_for(":reload\n>")
        main.write_text(MAIN, encoding="utf-8")
        terminal.type("counter:add() + 4\r", shows="\n5\n")
    finally:
        terminal.close()
