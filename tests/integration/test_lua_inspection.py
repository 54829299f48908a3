"""What a session tells of itself to whoever looks into it: its variables, modules, prototypes and timers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgpack
import pytest

from luahost import Host, Session
from luahost.testing.fake_clock import FakeClock

WriteSite = Callable[[Mapping[str, str]], Path]

APP = """
app = { title = "Hi", go = print, list = { 1, "é", {} } }
function app:slow() return self.title .. "!" end
function app:fails() error("oh") end
session:createAppVariable(app)
"""


@pytest.fixture
def watched(session: Session) -> Callable[..., dict[str, Any]]:
    """Returns a function that watches a path and answers what there is to see of its variable."""
    session.execute(APP, name="@lua/main.lua")
    ids = iter(range(2, 100))

    def watch(path: str, level: int = 1, **properties: str) -> dict[str, Any]:
        id = f"c1:{next(ids)}"
        create = {"type": "create", "id": id, "parent": 1, "value": None, "valued": False}
        session.exchange(1, msgpack.packb([{**create, "properties": {"path": path, **properties}}]))
        return next(row for row in session.variables(level) if row["id"] == id)

    return watch


def test_variables_when_listed_then_each_says_what_it_is(watched: Callable[..., dict[str, Any]]) -> None:
    """Each variable has id, parent, depth, path, access, activity, value as JSON, and watchers (R59, R60, R61)."""
    row = watched("list")
    told = {name: row[name] for name in ("parent", "depth", "path", "access", "active", "value", "watchers")}
    expected = {"parent": 1, "depth": 1, "path": "list", "access": "rw", "active": True, "watchers": 1}
    assert told == {**expected, "value": '[1,"é",[]]'}


def test_variables_when_listed_then_each_has_its_times(watched: Callable[..., dict[str, Any]]) -> None:
    """Each variable has its compute time, the longest, and the mean of those measured (R59, R60, R82)."""
    row = watched("slow()", access="r")
    assert 0 <= row["time_us"] <= row["max_us"]
    assert 0 <= row["mean_us"] <= row["max_us"]
    assert row["value"] == '"Hi!"'


def test_variables_when_values_change_then_changes_are_counted(
    session: Session, watched: Callable[..., dict[str, Any]]
) -> None:
    """Each variable counts how often its value changed; looking changes nothing (R80)."""
    before = watched("title")["changes"]
    session.execute("app.title = 'Ho'")
    session.variables()
    assert session.variables()[-1]["changes"] == before + 1


def test_variables_when_a_value_is_a_function_then_looking_counts_no_change(
    session: Session, watched: Callable[..., dict[str, Any]]
) -> None:
    """What is null outside stays null, however often it is computed (R80)."""
    assert watched("go")["changes"] == 1
    session.variables()
    assert session.variables()[-1]["changes"] == 1


def test_variables_when_one_fails_then_the_others_are_there(
    session: Session, watched: Callable[..., dict[str, Any]]
) -> None:
    """An error stands at its variable, with code and position, and hides nothing (R23, R24, R25)."""
    row = watched("fails()", access="r")
    assert (row["code"], row["value"]) == ("lua-error", "null")
    assert "lua/main.lua:4" in row["error"]
    assert [row["path"] for row in session.variables()] == ["", "fails()"]


@pytest.mark.parametrize(
    ("level", "notes"),
    [
        (0, []),
        (1, ["a function is null outside"]),
        (2, ["a function is null outside", "it reads the field go of what is above it"]),
    ],
)
def test_variables_when_a_level_is_asked_for_then_diagnostics_say_as_much(
    watched: Callable[..., dict[str, Any]], level: int, notes: list[str]
) -> None:
    """The level says what diagnostics tell: nothing, what is lost of a value, how it is computed (R61, R62)."""
    assert watched("go", level)["diagnostics"] == notes


def test_variables_when_nobody_watches_one_then_the_diagnostics_say_so(
    session: Session, watched: Callable[..., dict[str, Any]]
) -> None:
    """At level 2 a variable that is not computed says why (R61)."""
    idle = watched("slow()", 2, access="action")["diagnostics"]
    off = watched("title", 2, inactive="true")["diagnostics"]
    assert idle == ["it is not computed: its access is action"]
    assert off == ["it is not computed: it, or one above it, is inactive"]


def test_describe_when_modules_require_each_other_then_tells_who_requires_whom(site: WriteSite, host: Host) -> None:
    """Each module is told with the keys of those that it required."""
    main = "require('b') require('a')"
    site({"lua/main.lua": main, "lua/a.lua": "require('b')", "lua/b.lua": "return {}"})
    assert host.create_session().describe()["requires"] == [
        {"module": "lua/b.lua", "requires": []},
        {"module": "lua/a.lua", "requires": ["lua/b.lua"]},
        {"module": "lua/main.lua", "requires": ["lua/a.lua", "lua/b.lua"]},
    ]


def test_describe_when_prototypes_inherit_then_names_their_bases(session: Session) -> None:
    """Each prototype is told with its base and the number of its own live instances."""
    session.execute("A = session:prototype('A', {}) B = session:prototype('B', {}, A) keep = B:new{}")
    told = [(each["name"], each["base"], each["instances"]) for each in session.describe()["prototypes"]]
    assert told == [("A", False, 0), ("B", "A", 1)]


def test_describe_when_timers_run_then_tells_them_the_next_first(session: Session, clock: FakeClock) -> None:
    """Each timer is told with its kind, its time and when it is due."""
    session.execute("session:setInterval(print, 3000) session:setTimeout({ go = print }, 'go', 1500)")
    clock.advance(1)
    told = [(each["kind"], each["ms"], each["method"], each["due_s"]) for each in session.describe()["timers"]]
    assert told == [("setTimeout", 1500, "go", 0.5), ("setInterval", 3000, "", 2.0)]


def test_memory_when_a_session_is_busy_or_closed_then_can_still_be_read(session: Session) -> None:
    """What a session holds is told without a turn; a closed one holds nothing."""
    before = session.memory_bytes
    session.execute("big = string.rep('x', 1000000)")
    assert session.memory_bytes - before > 900_000
    session.close()
    assert session.memory_bytes == 0
