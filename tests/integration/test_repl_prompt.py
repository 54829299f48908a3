"""The prompt of `luahost repl` in a pseudo-terminal: what only an attached one does, and what one alone does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attached_site import MAIN, AttachedSite
from terminal import CTRL_D, DEADLINE_S, Terminal

pytest.importorskip("prompt_toolkit")


@pytest.fixture
def attached(tmp_path: Path) -> Iterator[AttachedSite]:
    """Returns a site with a running host and one session."""
    with AttachedSite(tmp_path, time_limit_s=60.0) as attached:
        yield attached


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    """Returns a function that opens a terminal with `luahost repl` in it."""
    terminals: list[Terminal] = []

    def open_one(*arguments: str | Path) -> Terminal:
        terminals.append(Terminal("repl", *arguments))
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def terminal(attached: AttachedSite, open_terminal: Callable[..., Terminal]) -> Terminal:
    """Returns a terminal that is attached to the site's host."""
    terminal = open_terminal(attached.root, "--attach")
    terminal.wait_for("the host goes on\n>")
    return terminal


def test_repl_when_its_session_is_closed_then_says_so(terminal: Terminal, attached: AttachedSite) -> None:
    """A session that ends is told of, above the line; what is typed then isn't lost in silence."""
    attached.session.close()
    terminal.wait_for("session 1 is closed: Ctrl-D leaves")
    terminal.type("1 + 1\r", shows="no session ")


def test_repl_when_the_host_goes_then_the_next_line_ends_it(terminal: Terminal, attached: AttachedSite) -> None:
    """A host that leaves is told of; the prompt ends with 1."""
    attached.door.close()
    terminal.wait_for("the host has gone: Ctrl-D leaves")
    terminal.type("1 + 1\r", shows="the host has gone\n")
    assert terminal.process.wait(DEADLINE_S) == 1


def test_repl_when_a_session_is_named_then_lines_go_there(
    attached: AttachedSite, open_terminal: Callable[..., Terminal]
) -> None:
    """`--session` chooses; the other sessions' lines don't come here."""
    second = attached.host.create_session()
    terminal = open_terminal(attached.root, "--session", "2")
    terminal.wait_for("session 2 · generation 0")
    terminal.wait_for("the host goes on\n>")
    attached.session.execute("print('first' .. 'speaks')")
    second.execute("print('second' .. 'speaks')")
    terminal.wait_for("secondspeaks")
    terminal.type("mine = 7\r", shows=">")
    terminal.type("mine\r", shows="\n7\n")
    assert "firstspeaks" not in terminal.text
    assert (attached.session.eval("return mine"), second.eval("return mine")) == (None, 7)


def test_repl_when_alone_then_takes_saves_and_is_gone_afterwards(
    tmp_path: Path, open_terminal: Callable[..., Terminal]
) -> None:
    """A prompt of its own has the site's code, and saves arrive in it."""
    (tmp_path / "lua").mkdir()
    main = tmp_path / "lua" / "main.lua"
    main.write_text(MAIN)
    terminal = open_terminal(tmp_path)
    terminal.wait_for("watching")
    terminal.wait_for("commands\n>")
    terminal.type("app.ann:gre", shows="app.ann:gre")
    main.write_text(MAIN.replace("hi ", "ho "))
    terminal.wait_for("reloaded lua/main.lua")
    terminal.type("et()\r", shows='\n"ho Ann"\n>')
    terminal.type(CTRL_D, shows="")
    assert terminal.process.wait(DEADLINE_S) == 0


def test_repl_when_there_is_no_site_then_says_so(tmp_path: Path, open_terminal: Callable[..., Terminal]) -> None:
    """Where there is no site it is plain Lua, with completion, and leaves no file."""
    terminal = open_terminal(tmp_path)
    terminal.wait_for("no site here: plain Lua, nothing is kept\n>")
    terminal.type("string.for", shows="string.for")
    terminal.type("\t", shows="mat")
    terminal.type("('%d', 6 * 7)\r", shows='\n"42"\n')
    assert list(tmp_path.iterdir()) == []
