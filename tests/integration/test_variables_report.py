"""What somebody sees who looks into a session: a row for each variable."""

from __future__ import annotations

from typing import Any

import pytest
from peers import Peer, create, update

from luahost import Host, Session
from luahost.testing.fake_clock import FakeClock

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", child = { name = "Bob" }, items = { 1, "x", { n = 1 } }, f = print })
session:createAppVariable(app)
function app:slow() print("slow") return 1 end
function app:bad() error("no way", 0) end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with some of everything."""
    session.execute(APP)


def rows(session: Session) -> dict[Any, dict[str, Any]]:
    """Returns the rows by id."""
    return {row["id"]: row for row in session.variables()}


def test_report_when_there_is_no_peer_then_shows_the_app(session: Session) -> None:
    """tracker-tree-1, tracker-tree-2: variable 1 is there, with its value, though nobody watches."""
    (row,) = session.variables()
    assert (row["id"], row["parent"], row["depth"], row["value"], row["watchers"]) == (1, False, 0, '{"obj":2}', 0)


def test_report_when_asked_then_has_a_row_for_each_variable_in_order(peer: Peer, session: Session) -> None:
    """R57, R61, tracker-tree-3, tracker-traversal-3: parent, depth, path, type, access, properties, watchers."""
    session.execute("session:createVariable(1, app.child, { label = 'x' })")
    peer.send(create(2, "child"), create(3, "name", 2, access="r"), create(4, "name", 3, nowatch=True))
    table = session.variables()
    assert [(row["id"], row["parent"], row["depth"]) for row in table] == [
        *((1, False, 0), (-1, 1, 1), ("c1:2", 1, 1)),
        *(("c1:3", "c1:2", 2), ("c1:4", "c1:3", 3)),
    ]
    row = table[3]
    assert (row["path"], row["access"], row["value"], row["watchers"], row["type"]) == ("name", "r", '"Bob"', 1, "")
    assert row["properties"] == {"path": "name", "access": "r"}
    assert (table[1]["value"], table[1]["properties"]) == (table[2]["value"], {"label": "x"})


@pytest.mark.parametrize(
    ("path", "value"),
    [("name", '"Ann"'), ("items", '[1,"x",{"obj":3}]'), ("none", "null"), ("f", "null"), ("bad()", "null")],
)
def test_value_when_reported_then_is_json(peer: Peer, session: Session, path: str, value: str) -> None:
    """A value stands there as it is outside."""
    peer.create(2, path, access="r")
    assert rows(session)["c1:2"]["value"] == value


def test_error_when_a_variable_has_one_then_stands_beside_it(peer: Peer, session: Session) -> None:
    """R23, R24, R25: code and text of the error; the rest is there all the same."""
    peer.send(create(2, "bad()", access="r"), create(3, "name"), create(4, "f"))
    table = rows(session)
    assert (table["c1:2"]["code"], table["c1:2"]["error"]) == ("lua-error", "no way")
    assert (table["c1:3"]["code"], table["c1:3"]["error"], table["c1:3"]["value"]) == ("", "", '"Ann"')
    assert table["c1:4"]["diagnostics"] == ["a function is null outside"]
    peer.unwatch(2)
    session.execute("")
    assert rows(session)["c1:2"]["error"] == ""


def test_diagnostics_when_null_becomes_what_is_null_outside_then_say_so(peer: Peer, session: Session) -> None:
    """R59: what can't be told is said although peers are shown nothing else; and no longer than it is so."""
    peer.create(2, "later")
    session.execute("app.later = print")
    assert rows(session)["c1:2"]["diagnostics"] == ["a function is null outside"]
    session.execute("app.later = nil")
    assert rows(session)["c1:2"]["diagnostics"] == []
    assert not peer.read()


def test_time_when_computing_takes_some_then_is_told_with_maximum_and_mean(
    peer: Peer, session: Session, host: Host, clock: FakeClock
) -> None:
    """R59, R60, R81: the time of the last computing, the longest and the mean, in microseconds."""
    seconds = [0.0]
    host.on("log", lambda line: clock.advance(seconds[0]))
    peer.create(2, "slow()", access="r")
    for seconds[0] in (0.003, 0.001):
        row = rows(session)["c1:2"]
    assert [round(row[name]) for name in ("time_us", "max_us", "mean_us")] == [1000, 3000, 2000]


def test_changes_when_a_value_changed_then_are_counted(peer: Peer, session: Session) -> None:
    """R80, R82: changes by variable; what is looked at isn't changed by that."""
    peer.send(create(2, "name"), create(3, "child"))
    for name in ("Eve", "Eve", "Zoe"):
        session.set("app.name", name)
    for _ in range(2):
        table = rows(session)
    assert (table["c1:2"]["changes"], table["c1:3"]["changes"]) == (3, 1)
    assert not peer.read().values.keys() - {2}


def test_active_when_switched_off_then_says_so_for_all_below(peer: Peer, session: Session) -> None:
    """R61: a variable below an inactive one isn't active either."""
    peer.send(create(2, "child"), create(3, "name", 2), update(2, inactive="true"))
    assert {id: row["active"] for id, row in rows(session).items()} == {1: True, "c1:2": False, "c1:3": False}


def test_wrapper_when_there_is_one_then_its_name_stands_there(peer: Peer, session: Session) -> None:
    """R58: the value is the wrapper's reference, the type the wrapper's."""
    peer.create(2, "items", wrapper="lua.ViewList")
    row = rows(session)["c1:2"]
    assert (row["wrapper"], row["type"]) == ("lua.ViewList", "lua.ViewList")
    assert row["value"].startswith('{"obj":')


def test_text_when_not_utf8_then_does_not_hinder_the_report(peer: Peer, session: Session) -> None:
    """Whatever a string holds, the report crosses."""
    session.execute("app.name = 'a' .. string.char(255)")
    peer.create(2, "name")
    session.on_changes = None
    assert len(session.variables()) == 2
