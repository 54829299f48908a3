"""What the inspector keeps of the past: rings, reloads as plain data, and what it takes for plain."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from luahost.errors import Frame, LuaError, SessionBusy
from luahost.inspection.history import MOST_SESSIONS, error_entry, reload_entry
from luahost.inspection.plain import clipped, plain
from luahost.inspection.ring import Ring
from luahost.reload.report import MutateFailure, PrototypeChange, ReloadReport, SessionReport
from luahost.server.inspector.asking import Look, Run, asked_by


def ring_of(count: int, most: int = 3) -> Ring[int]:
    """Returns a ring to which 1, 2, … were added."""
    ring: Ring[int] = Ring(most)
    for number in range(1, count + 1):
        ring.add(number)
    return ring


@pytest.mark.parametrize(
    ("count", "since", "told"),
    [(0, 0, []), (2, 0, [1, 2]), (2, 1, [2]), (2, 2, []), (5, 0, [3, 4, 5]), (5, 1, [3, 4, 5]), (5, 4, [5])],
)
def test_ring_when_asked_for_what_is_new_then_tells_that_and_no_more(count: int, since: int, told: list[int]) -> None:
    """A ring tells what came after a number, as far as it is kept, and the number of the newest."""
    assert ring_of(count).since(since) == (count, told)


CHANGE = PrototypeChange("Contact", ("email",), ("name",), ("fax",), False, 12)
FAILURE = MutateFailure("Contact", "oh", "apps/a.lua", 3, 2)


def test_reload_entry_when_a_reload_was_applied_then_tells_what_each_session_did() -> None:
    """A reload is told with its modules, what became of prototypes and instances, and what was kept."""
    session = SessionReport(
        "1", 2, prototypes=(CHANGE,), instances=12, failures=(FAILURE,), kept=("global x keeps its value",)
    )
    entry = json.loads(msgspec.json.encode(reload_entry(ReloadReport(("apps/a.lua",), (session,), 8.04), 5.0)))
    assert (entry["at_s"], entry["ok"], entry["ms"], entry["modules"]) == (5.0, True, 8.0, ["apps/a.lua"])
    (told,) = entry["sessions"]
    assert told["prototypes"] == [
        {
            "name": "Contact",
            "added": ["email"],
            "changed": ["name"],
            "removed": ["fax"],
            "rebased": False,
            "instances": 12,
        }
    ]
    assert told["failures"] == [{"type": "Contact", "message": "oh", "file": "apps/a.lua", "line": 3, "instances": 2}]
    assert told["kept"] == ["global x keeps its value"]


def test_reload_entry_when_a_reload_failed_then_tells_the_errors_with_their_places() -> None:
    """A failed reload is told with message, file and line of each error."""
    error = LuaError("oh", file="apps/a.lua", line=7, stack=[Frame("apps/a.lua", 7, "go")])
    report = ReloadReport(("apps/a.lua",), (SessionReport("1", 0, ok=False, error=error),), 1.0, (error,))
    entry = reload_entry(report, 0.0)
    assert entry["errors"] == [{"message": "oh", "file": "apps/a.lua", "line": 7, "stack": ["apps/a.lua:7 go"]}]
    assert entry["sessions"][0]["error"] == entry["errors"][0]


def test_reload_entry_when_many_sessions_took_it_then_keeps_few_the_failed_first() -> None:
    """A reload of a thousand sessions is kept short: those in which something failed come first."""
    sessions = tuple(SessionReport(str(id), 1, ok=id != 900, instances=1) for id in range(1, 1001))
    entry = reload_entry(ReloadReport(("a.lua",), sessions, 1.0), 0.0)
    assert len(entry["sessions"]) == MOST_SESSIONS
    assert entry["sessions"][0]["id"] == "900"
    assert (entry["session_count"], entry["instances"]) == (1000, 1000)


def test_error_entry_when_it_is_not_of_lua_then_has_no_place() -> None:
    """An error of the host is told by its message alone."""
    assert error_entry(SessionBusy("busy")) == {"message": "busy", "file": None, "line": 0, "stack": []}


def test_clipped_when_a_text_is_long_then_says_how_long() -> None:
    """What is longer than anybody reads is cut, and says so."""
    assert clipped("x" * 10, 10) == "x" * 10
    assert clipped("x" * 11, 10) == "x" * 10 + "… (11 characters)"
    assert clipped(b"\xff", 10) == "�"


def test_plain_when_texts_are_not_utf8_then_they_can_be_written_as_json() -> None:
    """Whatever a session tells can be told on."""
    assert plain({b"a\xff": [b"\xfe", 1, None], "b": (1.5, True)}) == {"a�": ["�", 1, None], "b": [1.5, True]}


def test_asked_by_when_a_page_asks_then_is_what_it_asks_for() -> None:
    """A page says what it looks at, or gives code to run."""
    assert asked_by('{"ask": "look", "session": "k", "at": "charts"}') == Look(session="k", at="charts")
    assert asked_by('{"ask": "run", "session": "k", "code": "1", "number": 3}') == Run("k", "1", 3)


BAD = ["", "{}", "null", "[]", '{"ask": "fly"}', '{"ask": "look", "at": "secrets"}', '{"ask": "run"}', "[" * 100_000]
BAD += ['{"ask": "look", "level": 1.5}', '{"ask": "look", "more": 1}', f'{{"ask": "look", "level": {math.inf}}}']


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_asked_by_when_no_page_would_send_it_then_is_nothing(text: str) -> None:
    """Anything else is not understood, and does nothing."""
    assert asked_by(text) is None
