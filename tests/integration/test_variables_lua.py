"""What application code does with variables: createVariable, destroyVariable, watchProperty, registerPath."""

from __future__ import annotations

from typing import Any

import pytest
from peers import Peer, Peers, create, update

from luahost import Host, LuaError, Session
from luahost.news import GuestError

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", child = { name = "Bob" } })
session:createAppVariable(app)
told = {}
function note(value, property) told[#told + 1] = property .. "=" .. tostring(value) end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app, and `note`, which keeps what it is called with in `told`."""
    session.execute(APP)


def told(session: Session) -> list[str]:
    """Returns what has been noted since this was asked last."""
    noted: list[str] = session.eval("local t = told told = {} return t")
    return noted


def test_create_variable_when_called_then_answers_negative_ids(session: Session) -> None:
    """R45, tracker-create-6, -9, -10, tracker-ids-2: -1, -2, …, each given once, whatever ids peers choose."""
    session.execute("first = session:createVariable(1, {}) session:destroyVariable(first)")
    assert session.eval("return first, session:createVariable(1, 5)") == (-1, -2)


def test_create_variable_when_it_fails_then_uses_no_id(session: Session) -> None:
    """A call that is refused leaves nothing."""
    with pytest.raises(LuaError):
        session.eval("session:createVariable(1, nil, { path = 'a..b' })")
    assert session.eval("return session:createVariable(1, 5)") == -1


def test_create_variable_when_the_parent_is_an_object_then_is_below_its_variable(peer: Peer, session: Session) -> None:
    """The parent is an id, or an object that has a variable."""
    peer.create(2, "child")
    session.execute("""
        below = session:createVariable(app.child, nil, { path = "name" })
        top = session:createVariable(app, nil, { path = "name" })
        mine = {}
        session:createVariable("c1:2", mine)
        last = session:createVariable(mine, 1)
    """)
    told = peer.send(*({"type": "watch", "id": -n} for n in (1, 2, 4)))
    assert {each["id"]: each["parentId"] for each in told.of("create")} == {}
    assert told.values == {-1: "Bob", -2: "Ann", -4: 1}


CALLS: list[tuple[str, str]] = [
    (
        "createVariable(99, {})",
        "bad argument #1 to 'createVariable' (id of a variable, or object that has one expected",
    ),
    ("createVariable({}, {})", "bad argument #1 to 'createVariable'"),
    ("createVariable(nil, {})", "bad argument #1 to 'createVariable'"),
    ("createVariable(0/0, {})", "bad argument #1 to 'createVariable'"),
    ("createVariable(1, {}, 'x')", "bad argument #3 to 'createVariable' (table or nil expected, got string)"),
    ("createVariable(1, {}, { label = 5 })", "properties are strings by name"),
    ("createVariable(1, nil, { path = 'a..b' })", "bad path 'a..b'"),
    ("createVariable(1, nil, { path = '_x' })", "'_x' is private"),
    ("createVariable(1, nil, { path = 'x', access = 'action' })", "calls nothing"),
    ("createVariable(1, nil, { priority = 'x' })", "bad priority 'x'"),
    ("destroyVariable(1)", "variable 1 is the app"),
    ("watchProperty(99, 'x', print)", "bad argument #1 to 'watchProperty'"),
    ("watchProperty(1, 5, print)", "bad argument #2 to 'watchProperty' (string expected, got number)"),
    ("watchProperty(1, 'x')", "bad argument #3 to 'watchProperty' (function expected, got nil)"),
    ("registerPath(5, 1)", "bad argument #1 to 'registerPath'"),
    ("registerPath('x', 99)", "bad argument #2 to 'registerPath'"),
    ("createAppVariable({}, 5)", "bad argument #2 to 'createAppVariable'"),
    ("createAppVariable({}, { path = 'a..b' })", "bad path 'a..b'"),
    ("createAppVariable(5)", "bad argument #1 to 'createAppVariable'"),
]


@pytest.mark.parametrize(("call", "message"), CALLS)
def test_call_when_it_can_not_be_meant_then_raises_at_the_callers_line(
    session: Session, call: str, message: str
) -> None:
    """Application code that asks for what can't be sees an error at the line of its call, and nothing happens."""
    with pytest.raises(LuaError) as caught:
        session.execute(f"\nsession:{call}", name="@ask.lua")
    assert message in caught.value.message
    assert (caught.value.file, caught.value.line) == ("ask.lua", 2)
    assert session.eval("return session:getApp() == app") is True


@pytest.mark.parametrize(
    "name", ["createVariable", "destroyVariable", "watchProperty", "unwatchProperty", "registerPath"]
)
def test_method_when_called_with_a_dot_then_says_so(session: Session, name: str) -> None:
    """Calling with `.` instead of `:` is an error that says so."""
    with pytest.raises(LuaError, match=f"session:{name}"):
        session.execute(f"session.{name}(1, 'x', print)")


def test_refusal_when_caught_then_is_text(session: Session) -> None:
    """What guest code catches is a message, and nothing of the kernel's."""
    session.execute("""
        ok, message = pcall(session.createVariable, session, 1, nil, { path = "a..b" })
        app.list = setmetatable({}, { __index = function() error("x") end })
    """)
    assert session.eval("return ok, type(message)") == (False, "string")


def test_destroy_variable_when_called_then_children_go_and_unknown_is_silent(session: Session) -> None:
    """`session:destroyVariable(idOrObject)` takes the children along."""
    session.execute("""
        object = {}
        id = session:createVariable(1, object)
        session:createVariable(id, 5)
        session:destroyVariable(object)
        for _, value in pairs({ object, id, 99, "c1:9" }) do session:destroyVariable(value) end
        session:destroyVariable(nil)
    """)
    assert [each["id"] for each in session.variables()] == [1]


def test_app_variable_when_it_has_properties_then_they_are_told(peer: Peer, session: Session) -> None:
    """tracker-create-1, tracker-accessors-5: properties given with the app object are variable 1's."""
    session.execute("session:createAppVariable(app, { ['title:high'] = 'One', hint = 'x' })")
    assert peer.watch(1).properties == {1: {"type": "App", "title": "One", "hint": "x"}}
    session.execute("session:createAppVariable(app, { title = 'Two' })")
    assert peer.read().updates == [(1, 1, False, None, {"title": "Two"})]


def test_observer_when_a_property_changes_then_is_called(peer: Peer, session: Session) -> None:
    """`fn(value, property)`; "" where it is unset."""
    peer.create(2, "name")
    session.execute("session:watchProperty('c1:2', 'label', note)")
    peer.update(2, label="a", other="x")
    peer.update(2, label="a")
    peer.update(2, label="")
    assert told(session) == ["label=a", "label="]


def test_observer_when_it_watches_all_then_hears_of_each(peer: Peer, session: Session) -> None:
    """`"*"` stands for all properties."""
    session.execute("session:watchProperty(1, '*', note)")
    peer.update(1, url="/contacts", a="1")
    assert sorted(told(session)) == ["a=1", "url=/contacts"]


def test_observer_when_one_raises_then_the_others_are_called(
    peer: Peer, session: Session, reported: list[GuestError]
) -> None:
    """Each callback is isolated; its error is reported."""
    session.execute("""
        session:watchProperty(1, "url", note)
        session:watchProperty(1, "url", function() error("mine") end)
        session:watchProperty(1, "url", note)
    """)
    assert not peer.update(1, url="/a").errors
    assert told(session) == ["url=/a", "url=/a"]
    assert [error.error.message for error in reported] == ["mine"]


def test_observer_when_it_unwatches_then_that_holds_at_once(peer: Peer, session: Session) -> None:
    """A callback may take itself and others out; twice, or unknown, is nothing."""
    session.execute("""
        first = session:watchProperty(1, "url", function(...)
          note(...)
          session:unwatchProperty(first)
          session:unwatchProperty(last)
        end)
        last = session:watchProperty(1, "url", note)
        session:unwatchProperty(12345) session:unwatchProperty(nil)
    """)
    peer.update(1, url="/a")
    peer.update(1, url="/b")
    assert told(session) == ["url=/a"]


def test_observer_when_its_variable_goes_then_goes_with_it(peer: Peer, session: Session) -> None:
    """Nothing is left of 10,000 watchers whose variables are gone."""
    session.execute("""
        for i = 1, 30 do
          local id = session:createVariable(1, i)
          for j = 1, 1000 do session:watchProperty(id, "x", note) end
          session:destroyVariable(id)
        end
    """)


def test_observer_when_it_sets_properties_then_these_are_told(peer: Peer, session: Session) -> None:
    """What a callback changes is told in the same turn."""
    session.execute("session:watchProperty(1, 'url', function(value) app.name = value end)")
    peer.create(2, "name")
    assert peer.update(1, url="/x").values == {2: "/x"}


def test_path_when_registered_then_is_found(peer: Peer, session: Session) -> None:
    """S5, S6, SD5, SD6: a URL path names a variable; unknown is none; what is gone is unknown."""
    peer.create(2, "child")
    session.execute("session:registerPath('/contacts/1', app.child) id = session:createVariable(1, 5)")
    session.execute("session:registerPath('other', id)")
    assert session.variable_at("contacts/1") == session.variable_at("/contacts/1") == "c1:2"
    assert (session.variable_at("/other"), session.variable_at("/nothing")) == (-1, None)
    session.execute("session:destroyVariable(id)")
    assert session.variable_at("/other") is None


def test_path_when_asked_of_a_session_without_tree_then_is_none(session: Session) -> None:
    """Nothing is registered where there are no variables."""
    assert session.variable_at("/x") is None


@pytest.mark.parametrize("value", ["7", "'x'", "true", "{ 1, 2 }", "nil"])
def test_variable_of_lua_when_it_has_a_value_then_peers_see_it(peer: Peer, session: Session, value: str) -> None:
    """A variable may hold any value of its own."""
    expected: Any = session.eval(f"session:createVariable(1, {value}) return {value}")
    assert peer.watch(-1).values == {-1: expected}


def test_variable_of_lua_when_a_peer_writes_it_then_lua_sees_that(peer: Peer, session: Session) -> None:
    """A peer may write Lua's variables, along their paths and without one."""
    session.execute("session:createVariable(1, nil, { path = 'name' }) session:createVariable(1, 'own')")
    peer.send(update(-1, "Eve"), update(-2, "theirs"))
    assert session.get("app.name") == "Eve"
    assert peer.get(-2) == {-2: "theirs"}


def test_session_when_it_has_no_app_then_variable_1_is_null(host: Host) -> None:
    """A peer may come before there is an app; its variables find it when it does."""
    bare = host.create_session()
    peer = Peers(bare).peer(1)
    told = peer.send({"type": "watch", "id": 1}, create(2, "name"))
    assert told.values == {1: None, 2: None}
    assert told.errors == [(2, "path-failure")]
    bare.execute("session:createAppVariable({ name = 'late' })")
    assert peer.read().values[2] == "late"
