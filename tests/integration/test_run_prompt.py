"""`luahost run` on a terminal: the prompt, in a pseudo-terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import CTRL_C, CTRL_D, DEADLINE_S, Terminal

pytest.importorskip("prompt_toolkit")

MAIN = """\
Counter = session:prototype("Counter", { value = 0 })
function Counter:add() self.value = self.value + 1; return self.value end
counter = counter or session:create(Counter)
"""


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


def test_prompt_when_the_site_has_a_store_then_goes_on_with_the_last_session(site: Path) -> None:
    """With `store` in luahost.toml the prompt keeps its session without being told, and says that it goes on."""
    (site / "luahost.toml").write_text('store = "sqlite:.luahost/sessions.db"\n', encoding="utf-8")
    lasting = MAIN.replace("counter or", "session:restore() or") + "session:createAppVariable(counter)\n"
    (site / "lua" / "main.lua").write_text(lasting, encoding="utf-8")
    for said, value in (("", "100"), ("goes on with session ", "200")):
        terminal = Terminal(site)
        try:
            terminal.wait_for("\n>")
            assert said in terminal.text
            terminal.type("counter:add() * 100\r", shows=f"\n{value}\n>")
            terminal.type(CTRL_D, shows="")
            assert terminal.process.wait(DEADLINE_S) == 0
        finally:
            terminal.close()


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
