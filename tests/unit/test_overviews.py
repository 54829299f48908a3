"""What `sessions` and `inspect` show, on terminals of several widths, against texts in tests/golden."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from luahost.attach.messages import Hello
from luahost.cli.render.screen import Screen

GOLDEN = Path(__file__).parent.parent / "golden"
AT_S = 1_700_000_000.0
APP = "apps/contacts/app.lua"
ROW = {"id": "1", "key": "5dd1761b" * 4, "generation": 3, "memory_kb": 1536, "is_busy": False, "peers": 2}


def variable(id: int | str, path: str, value: Any, **more: Any) -> dict[str, Any]:
    """Returns what is told of a variable."""
    plain = {"id": id, "path": path, "value": value, "type": "", "changes": 3, "time_us": 12.4, "depth": 1, "error": ""}
    return {**plain, "watchers": 1, **more}


def reload(**more: Any) -> dict[str, Any]:
    """Returns what is kept of a reload."""
    change = {"name": "Contact", "added": ["email"], "changed": ["name"], "removed": ["fax"], "instances": 12}
    failure = {"type": "Contact", "message": "no name", "file": APP, "line": 7, "instances": 1}
    own = {"id": "1", "generation": 3, "error": None, "prototypes": [change], "instances": 12, "failures": [failure]}
    return {"at_s": AT_S, "modules": [APP], "gone": [], "errors": [], "sessions": [own], **more}


ERROR = {"message": "attempt to index a nil value (field 'label')", "file": APP, "line": 12}

SEEN: dict[str, Any] = {
    **ROW,
    "prototypes": [
        {"name": "Contact", "instances": 12, "base": "Object", "module": APP},
        {"name": "Friend", "instances": 0, "base": "Contact", "module": False},
    ],
    "modules": ["lua/main.lua", APP],
    "requires": [{"module": "lua/main.lua", "requires": [APP, "lua/text.lua"]}, {"module": APP, "requires": []}],
    "variables": [
        variable(1, "", {"obj": 2}, type="App", depth=0, watchers=0),
        variable("c1:2", "contacts", [{"obj": 3}, {"obj": 4}], type="lua.ViewList"),
        variable("c1:3", "title", "A title that is longer than anybody would want to read in a table, and goes on"),
        variable("c1:4", "name()", None, error="apps/contacts/app.lua:9: oh"),
    ],
    "timers": [{"id": 1, "kind": "setInterval", "ms": 1000, "due_s": 0.25, "module": APP}],
    "pending": [{"type": "Contact", "instances": 2, "message": "no name", "file": APP, "line": 7}],
    "errors": [{"at_s": AT_S, **ERROR, "stack": []}],
    "reloads": [
        reload(),
        reload(sessions=[], errors=[{**ERROR, "message": "'end' expected near <eof>"}]),
        reload(sessions=[{**reload()["sessions"][0], "error": ERROR}], gone=["lua/old.lua"]),
    ],
}
EMPTY: dict[str, Any] = {**ROW, **{name: [] for name in SEEN if name not in ROW}}
HELLO = Hello(1, "0.1.0", 4711, "/home/ann/mysite", "lua54", "trusted", AT_S, 64)


class Stage:
    """A screen of a width, and what was shown."""

    def __init__(self, width: int, *, is_terminal: bool = False) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        out, err = (
            Console(file=file, width=width, highlight=False, force_terminal=is_terminal, legacy_windows=False)
            for file in (self.out, self.err)
        )
        self.screen = Screen(Path(), out=out, err=err)

    def matches(self, name: str) -> bool:
        """Returns whether what was shown is the golden text; what rich fills lines up with doesn't count."""
        shown = "\n".join(line.rstrip() for line in (self.out.getvalue() + self.err.getvalue()).split("\n"))
        file = GOLDEN / f"{name}.txt"
        if os.environ.get("GOLDEN") == "write":
            file.write_text(shown, encoding="utf-8")
        assert shown == file.read_text(encoding="utf-8")
        return True


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moments are told in one time zone."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("width", [30, 80, 200])
def test_sessions_when_shown_then_fit_the_terminal(width: int) -> None:
    """Sessions are a table; keys are whole where there is room, and without room there is a line for each cell."""
    stage = Stage(width)
    stage.screen.host(HELLO)
    stage.screen.sessions([ROW, {**ROW, "id": "12", "is_busy": True, "memory_kb": 90}])
    assert stage.matches(f"sessions_{width}")


def test_sessions_when_a_prompt_is_too_narrow_then_no_option_is_advised() -> None:
    """Nobody can give an option to what is typed at a prompt."""
    stage = Stage(30)
    stage.screen.sessions([ROW], "1", is_prompt=True)
    advice = "widen it, or look from another terminal: luahost sessions"
    assert stage.err.getvalue() == f"the terminal has 30 columns: tables need 40: {advice}\n"


@pytest.mark.parametrize("width", [30, 80, 200])
def test_session_when_shown_then_has_a_part_for_each_kind_of_thing(width: int) -> None:
    """A session is shown with all there is to see of it; long values are cut, other cells go on below."""
    stage = Stage(width)
    stage.screen.session(SEEN)
    assert stage.matches(f"session_{width}")


def test_session_when_it_has_nothing_then_says_so() -> None:
    """A part without entries says `none`; a session that is busy says why more isn't told."""
    stage = Stage(80)
    stage.screen.session(EMPTY)
    stage.screen.session({**ROW, "is_busy": True, "trouble": "it is busy", "errors": [], "reloads": []})
    assert stage.matches("session_empty")


def test_session_when_there_are_many_things_then_shows_the_first_and_counts_the_others() -> None:
    """A table of thousands isn't read: it ends, and says how many more there are."""
    stage = Stage(80)
    stage.screen.session({**EMPTY, "modules": [f"lua/m{number}.lua" for number in range(1000)]})
    shown = stage.out.getvalue()
    assert "modules (1000, 950 not shown: --json)" in shown
    assert ("lua/m49.lua" in shown, "lua/m50.lua" in shown) == (True, False)


def test_session_when_texts_look_like_markup_then_they_are_shown_as_they_are() -> None:
    """What comes from a session is text, never a style."""
    stage = Stage(120)
    stage.screen.session({**EMPTY, "errors": [{"at_s": AT_S, "message": "[bold]oh[/bold]", "file": None}]})
    assert "[bold]oh[/bold]" in stage.out.getvalue()


def test_attached_when_shown_then_says_where_lines_go() -> None:
    """An attached prompt begins with the host and the session."""
    stage = Stage(80)
    stage.screen.attached(HELLO, ROW)
    assert stage.matches("attached")


@pytest.mark.parametrize("has_colour", [True, False])
def test_sessions_when_no_color_is_set_then_a_terminal_gets_none(
    monkeypatch: pytest.MonkeyPatch, has_colour: bool
) -> None:
    """NO_COLOR takes the colours away on a terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not has_colour:
        monkeypatch.setenv("NO_COLOR", "1")
    stage = Stage(30, is_terminal=True)
    stage.screen.sessions([ROW])
    assert ("\x1b[33m" in stage.err.getvalue()) is has_colour
