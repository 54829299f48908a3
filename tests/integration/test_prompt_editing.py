"""The prompt of `run`, and of `repl` attached to a running host, in a pseudo-terminal: both do the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from attached_site import MAIN, AttachedSite
from terminal import CTRL_C, CTRL_D, DEADLINE_S, UP, Terminal

pytest.importorskip("prompt_toolkit")

PLAIN_LOCALE = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@dataclass
class Seat:
    """A terminal with a prompt, and how a file of its site is saved."""

    terminal: Terminal
    save: Callable[[str], None]


Open = Callable[..., Seat]


@pytest.fixture(params=["run", "attached"])
def open_seat(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Returns a function that opens a prompt: of a host of its own, or attached to one in this process."""
    seats: list[Seat] = []
    sites: list[AttachedSite] = []
    main = tmp_path / "lua" / "main.lua"

    def run(**how: object) -> Seat:
        main.parent.mkdir(exist_ok=True)
        main.write_text(MAIN, encoding="utf-8")
        return Seat(Terminal(tmp_path, **how), lambda text: main.write_text(text, encoding="utf-8") and None)  # type: ignore[arg-type]

    def attach(**how: object) -> Seat:
        sites.append(AttachedSite(tmp_path))

        def save(text: str) -> None:
            sites[-1].write(text)
            sites[-1].host.reload()

        return Seat(Terminal("repl", tmp_path, "--attach", **how), save)  # type: ignore[arg-type]

    def open_one(**how: object) -> Seat:
        seats.append(run(**how) if request.param == "run" else attach(**how))
        return seats[-1]

    yield open_one
    for seat in seats:
        seat.terminal.close()
    for site in sites:
        site.__exit__(None, None, None)


@pytest.fixture
def seat(open_seat: Open) -> Seat:
    """Returns an open prompt."""
    seat = open_seat()
    seat.terminal.wait_for("host goes on\n>" if "repl" in str(seat.terminal.process.args) else "commands\n>")
    return seat


def test_prompt_when_tab_is_pressed_then_names_of_the_session_complete(seat: Seat) -> None:
    """Globals, fields and methods of live objects complete, and words of Lua."""
    for typed, completed in (("app.tit", "le"), (" .. app.ann:gr", "eet")):
        seat.terminal.type(typed, shows=typed)
        seat.terminal.type("\t", shows=completed)
    seat.terminal.type("()\r", shows='\n"xhi Ann"\n')
    seat.terminal.type("1 + (unti", shows="unti")
    seat.terminal.type("\t", shows="l")
    seat.terminal.type(CTRL_C, shows=">")


def test_prompt_when_several_names_fit_then_they_are_shown_with_their_kinds(seat: Seat) -> None:
    """Where there is a choice, each name is shown with what it is."""
    seat.terminal.type("app.\t", shows="title")
    assert "Contact" in seat.terminal.text.split("app.")[-1]
    seat.terminal.type(CTRL_C, shows=">")


def test_prompt_when_a_reload_brings_a_method_then_it_completes(seat: Seat) -> None:
    """Names are those of this moment, a reload's included; the half typed line stays."""
    seat.terminal.type("app.ann:wa", shows="app.ann:wa")
    seat.save(MAIN + "\nfunction Contact:wave() return 'bye ' .. self.name end\n")
    seat.terminal.wait_for("reloaded lua/main.lua · 1 session")
    seat.terminal.type("\t", shows="ve")
    seat.terminal.type("()\r", shows='\n"bye Ann"\n')


def test_prompt_when_a_session_logs_then_the_half_typed_line_stays(seat: Seat) -> None:
    """Lines of the session come above what is being typed."""
    seat.terminal.type("session:setTimeout(function() print('tick' .. 1) end, 300)\r", shows=">")
    seat.terminal.type("1 +", shows="1 +")
    seat.terminal.wait_for("tick1")
    seat.terminal.type(" 40\r", shows="\n41\n")


def test_prompt_when_a_chunk_is_incomplete_then_enter_begins_a_line(seat: Seat) -> None:
    """A chunk of several lines is edited as one, its lines indented as those above."""
    seat.terminal.type("for i = 7, 8 do\r", shows="…")
    seat.terminal.type("  print(i * 100)\r", shows="…")
    seat.terminal.type("print(i * 1000)\r", shows="…")
    seat.terminal.type("end\r", shows="\n700\n7000\n800\n8000\n")


def test_prompt_when_up_is_pressed_then_a_chunk_comes_back_whole(seat: Seat) -> None:
    """The history has chunks, not lines."""
    seat.terminal.type("counted = (counted or 40) +\r", shows="…")
    seat.terminal.type("1\r", shows=">")
    seat.terminal.type("counted\r", shows="\n41\n")
    seat.terminal.type(f"{UP}{UP}", shows="counted or 40")
    seat.terminal.type("\r", shows=">")
    seat.terminal.type("counted + 100\r", shows="\n142\n")


def test_prompt_when_lua_fails_then_shows_the_line_and_goes_on(seat: Seat) -> None:
    """An error in what was typed is shown with its line; in a file, with the file's."""
    seat.terminal.type("local x = nil\r", shows=">")
    seat.terminal.type("if true then\r", shows="…")
    seat.terminal.type("error('oh')\r", shows="…")
    seat.terminal.type("end\r", shows="prompt:3: oh")
    seat.terminal.wait_for("> 3 │ error('oh')")
    seat.terminal.type("Contact.greet({})\r", shows="lua/main.lua:2: ")
    seat.terminal.wait_for("> 2 │ function Contact:greet()")
    seat.terminal.type("1 + 1\r", shows="\n2\n")
    assert "Traceback" not in seat.terminal.text


def test_prompt_when_a_live_object_is_asked_for_then_it_is_shown(seat: Seat) -> None:
    """What can't leave the session is shown as a picture, laid out where it is wide."""
    seat.terminal.type("{ app.ann, Contact.greet }\r", shows='{Contact {name = "Ann"}, <function lua/main.lua:2>}')


def test_prompt_when_commands_are_typed_then_they_do_the_same_in_both(seat: Seat) -> None:
    """Commands work in a host of the prompt's own, and in one that it is attached to."""
    seat.terminal.type(":reload\r", shows="nothing changed")
    seat.terminal.type(":sessions\r", shows="* 1 ")
    seat.terminal.type(":kill 1\r", shows="runs nothing now")
    seat.terminal.type(":kill 7\r", shows="no session 7")
    seat.terminal.type(":relaod\r", shows="did you mean :reload?")
    seat.terminal.type("3 + 4\r", shows="\n7\n")


def test_prompt_when_a_reload_is_undone_then_says_so(seat: Seat) -> None:
    """The last reload is taken back, at a host of the prompt's own and at one that it is attached to."""
    seat.terminal.type(":undo\r", shows="undo")
    seat.save(MAIN.replace("hi ", "ho "))
    seat.terminal.wait_for("reloaded lua/main.lua")
    seat.terminal.type(":undo\r", shows="undone lua/main.lua")
    seat.terminal.type("app.ann:greet()\r", shows='\n"hi Ann"\n')


def test_prompt_when_interrupted_in_a_turn_then_ends_the_turn_and_goes_on(seat: Seat) -> None:
    """Ctrl-C ends a turn that would not end, long before its time; the session has what it had."""
    seat.terminal.type("kept = 41 return 'ke' .. 'pt'\r", shows='"kept"\n>')
    for number in (1, 2):
        seat.terminal.type(f"kept = 0 print('begun' .. {number}) while true do end\r", shows=f"begun{number}")
        seat.terminal.type(CTRL_C, shows="its turn was ended\n>")
    seat.terminal.type("type(kept)\r", shows='\n"number"\n')
    assert "took longer" not in seat.terminal.text


def test_prompt_when_it_is_left_then_exits_with_0(seat: Seat) -> None:
    """Ctrl-D leaves."""
    seat.terminal.type(CTRL_D, shows="")
    assert seat.terminal.process.wait(DEADLINE_S) == 0


def test_prompt_when_the_terminal_is_narrow_then_works(open_seat: Open) -> None:
    """Eight columns are few, but a line can be typed and its answer is shown."""
    terminal = open_seat(columns=8).terminal
    terminal.wait_for("\n>")
    terminal.type("6 * 7\r", shows="42")
    terminal.type(":sessions\r", shows="widen it, or look from another terminal: luahost sessions")
    assert "Traceback" not in terminal.text


def test_prompt_when_the_locale_has_no_utf8_then_writes_plain_signs(open_seat: Open) -> None:
    """In the locale C what has no sign is written with others; nothing fails."""
    terminal = open_seat(**PLAIN_LOCALE).terminal
    terminal.wait_for("luahost 0.1.0 - ")
    terminal.wait_for("\n>")
    terminal.type("for i = 1, 1 do\r", shows="...")
    terminal.type("end\r", shows=">")
    terminal.type("'\\195\\169', { print }\r", shows='"\\xe9", {<function>}')
    terminal.type("error('\\226\\130\\172')\r", shows="prompt:")
    terminal.wait_for("\\u20ac")
    assert "Traceback" not in terminal.text
