"""Detection: after a turn, what changed of what is watched is told, and nothing else."""

from __future__ import annotations

import pytest
from peers import Peer, Peers, create, update

from luahost import Session

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", child = { name = "Bob" }, items = { 1, 2, 3 }, calls = 0 })
session:createAppVariable(app)
function app:shout() self.calls = self.calls + 1 return string.upper(self.name) end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with a name, a child, items and a method that counts its calls."""
    session.execute(APP)


def test_turn_when_nothing_changed_then_nothing_is_told(peer: Peer, peers: Peers, session: Session) -> None:
    """tracker-detect-1, tracker-detect-6: no change, no call to the host."""
    peer.send(create(2, "name"), create(3, "child"), create(4, "items"), create(5, "shout()", access="r"))
    times = peers.told_times
    session.execute("app.other = 1")
    session.set("app.name", "Ann")
    assert peers.told_times == times


@pytest.mark.parametrize("code", ["app.name = 'Eve'", "local a = app a.name = nil a.name = 'Eve'"])
def test_turn_when_a_value_changed_then_that_is_told_once(peer: Peer, session: Session, code: str) -> None:
    """LC-13: tracker-detect-2, tracker-integration-1: the application says nothing; the kernel finds out."""
    peer.send(create(2, "name"), create(3, "child.name"))
    session.execute(code)
    assert peer.read().entries == [["update", 2, 2, True, "Eve", None]]
    assert not peer.read()


@pytest.mark.parametrize(
    ("values"), [["x", 1, 1.5, True, False, None, "x"], [None, False, None], [[1], [], [1, 2], None, [3]], [0, "0", 0]]
)
def test_turn_when_the_kind_changes_then_is_told(peer: Peer, session: Session, values: list[object]) -> None:
    """Every change of kind is a change, to nil and false as well."""
    session.set("app.name", "before")
    peer.create(2, "name")
    for value in values:
        session.set("app.name", value)
        told = peer.read().values[2]
        assert (told, type(told)) == (value, type(value)) or told == {"obj": 2}


def test_value_when_it_can_not_be_told_then_is_not_told_again(peer: Peer, peers: Peers, session: Session) -> None:
    """Functions, numbers that aren't finite and lists within themselves are null, once."""
    session.execute("app.f, app.nan, app.list = print, 0/0, { 1, print, 0/0 } app.list[4] = app.list")
    session.execute("function app:endless() return 1/0 end")
    paths = ("f", "nan", "list", "endless()")
    told = peer.send(*(create(i, path, access="r") for i, path in enumerate(paths, start=2)))
    assert told.values == {2: None, 3: None, 4: [1, None, None, None], 5: None}
    times = peers.told_times
    session.execute("app.f = tostring")
    session.execute("app.other = 1")
    assert peers.told_times == times


def test_list_when_changed_in_place_then_is_told_as_a_whole(peer: Peer, session: Session) -> None:
    """A list's change sends the list; of objects, their references."""
    session.execute("app.items = { { n = 1 }, { n = 2 } }")
    one, two = peer.create(2, "items").values[2]
    session.execute("table.insert(app.items, 1, app.items[2])")
    assert peer.read().values == {2: [two, one, two]}
    session.execute("app.items[1].n = 5")
    assert not peer.read()


def test_list_when_emptied_then_stays_a_list(peer: Peer, session: Session) -> None:
    """An empty table is a list where a list was, and an object where none was."""
    session.execute("app.fresh = {}")
    peer.send(create(2, "items"), create(3, "fresh"))
    session.execute("app.items = {}")
    assert peer.read().values == {2: []}
    assert isinstance(peer.get(3)[3], dict)


def test_object_when_replaced_then_its_children_follow(peer: Peer, session: Session) -> None:
    """tracker-integration-2, tracker-traversal-2: another object is told, and what is below it resolves from there."""
    first = peer.create(2, "child").values[2]
    peer.create(3, "name", 2)
    session.execute("app.child = { name = 'Eve' }")
    told = peer.read()
    assert [id for _, id, *_ in told.updates] == [2, 3]
    assert told.values[2] != first
    assert told.values[3] == "Eve"


def test_object_when_it_comes_back_then_has_its_number(peer: Peer, session: Session) -> None:
    """tracker-integration-3, tracker-objects-5: an object keeps its number for as long as it lives."""
    first = peer.create(2, "child").values[2]
    session.execute("kept, app.child = app.child, nil")
    assert peer.read().values == {2: None}
    session.execute("app.child = kept")
    assert peer.read().values == {2: first}


def test_order_when_several_changed_then_parents_come_first(peer: Peer, session: Session) -> None:
    """Changes are computed and told in the order of creation."""
    peer.send(create(5, "child"), create(4, "name", 5), create(3, "name"), create(2, "items"))
    session.execute("app.items[1], app.name, app.child = 9, 'x', { name = 'y' }")
    assert [id for _, id, *_ in peer.read().updates] == [5, 4, 3, 2]


def test_order_when_urgency_differs_then_each_tells_its_own(peer: Peer, session: Session) -> None:
    """P4, VP4, tracker-detect-4, tracker-accessors-6: each update says how urgent it is."""
    peer.send(create(2, "name", priority="low"), create(3, "calls", priority="high"), create(4, "child.name"))
    session.execute("app.name, app.calls, app.child.name = 'x', 1, 'y'")
    assert {id: priority for priority, id, *_ in peer.read().updates} == {2: 3, 3: 1, 4: 2}


def test_properties_when_of_several_priorities_then_are_told_apart(peers: Peers) -> None:
    """P5, P7, tracker-detect-3, tracker-detect-5: one update a priority, each with what has that priority."""
    sender, other = peers.peer(1), peers.peer(2)
    sender.create(2, "name", priority="low")
    number = "c1:2"
    other.send({"type": "watch", "id": number})
    sender.update(2, "Eve", **{"a:high": "1", "b": "2", "c:low": "3"})
    assert other.read().updates == [
        (1, number, False, None, {"a": "1"}),
        (2, number, False, None, {"b": "2"}),
        (3, number, True, "Eve", {"c": "3"}),
    ]


def test_property_when_set_to_what_it_is_then_is_not_told(peers: Peers) -> None:
    """P6: what is told is gone; the same again is no change."""
    sender, other = peers.peer(1), peers.peer(2)
    sender.create(2, "name", label="x")
    other.watch("c1:2")
    sender.update(2, label="x")
    assert not other.read()
    sender.update(2, label="")
    assert other.read().properties == {"c1:2": {"label": ""}}


def test_variable_when_nobody_watches_then_is_not_computed(peer: Peer, session: Session) -> None:
    """BD8: a method in a path is called without arguments once a turn while it is watched, and not at all otherwise."""
    peer.send(create(2, "shout()", access="r", nowatch=True), create(3, "name", nowatch=True))
    session.execute("")
    assert session.get("app.calls") == 0
    peer.watch(2)
    assert session.eval("return app.calls") == 1
    session.execute("")
    assert session.eval("return app.calls") == 3
    peer.unwatch(2)
    assert session.eval("return app.calls") == 4


def test_variable_when_a_child_is_watched_then_is_computed_once_and_not_told(peer: Peer, session: Session) -> None:
    """What is above a watched variable is computed, since paths begin there."""
    session.execute("function app:pick() self.calls = self.calls + 1 return self.child end")
    told = peer.send(create(2, "pick()", access="r", nowatch=True), create(3, "name", 2), create(4, "name", 2))
    assert told.values == {3: "Bob", 4: "Bob"}
    assert session.get("app.calls") == 1


def test_inactive_when_set_then_nothing_below_is_computed_or_told(peer: Peer, session: Session) -> None:
    """VP11, tracker-active-1 to tracker-active-3: an inactive variable is left out, with all below it."""
    peer.send(create(2, "child"), create(3, "name", 2), create(4, "shout()", access="r"), create(5, "name"))
    peer.send(update(2, inactive="true"), update(4, inactive="true"))
    calls = session.get("app.calls")
    session.execute("app.child.name, app.name = 'x', 'y'")
    session.execute("app.child = { name = 'z' }")
    assert peer.read().values == {5: "y"}
    assert session.get("app.calls") == calls


def test_inactive_when_unset_then_what_changed_meanwhile_is_told(peer: Peer, session: Session) -> None:
    """tracker-active-4: taken up again, a variable tells what it is now."""
    peer.send(create(2, "child"), create(3, "name", 2))
    peer.update(2, inactive="true")
    session.execute("app.child.name = 'x'")
    assert peer.update(2, inactive="").values == {3: "x"}


def test_inactive_when_watched_then_only_properties_are_told(peer: Peer) -> None:
    """A variable that is made inactive has no value to tell until it isn't."""
    told = peer.create(2, "name", inactive="true")
    assert told.updates == [(2, 2, False, None, {"path": "name", "inactive": "true"})]
    assert peer.update(2, inactive="").values == {2: "Ann"}


@pytest.mark.parametrize(
    "path", ["none.name", "child.none.name", "none.name()", "name.first", "child.nix()", "none()", "..x.y"]
)
def test_read_when_nil_is_in_the_way_then_is_null_with_the_error(peer: Peer, path: str) -> None:
    """tracker-resolver-5, tracker-call-3: never a stale value, but null and `path-failure`."""
    told = peer.create(2, path, access="r")
    if path == "..x.y":
        assert told.errors == [(2, "bad-message")]
        return
    assert told.values == {2: None}
    assert told.errors == [(2, "path-failure")]


def test_read_when_it_fails_later_then_the_value_is_null_and_comes_back(peer: Peer, session: Session) -> None:
    """A value that can't be read any more is null at once; when it can again it is told, and the error is over."""
    peer.create(2, "child.name")
    session.execute("kept, app.child = app.child, nil")
    told = peer.read()
    assert (told.values, told.errors) == ({2: None}, [(2, "path-failure")])
    session.execute("app.other = 1")
    assert not peer.read()
    session.execute("app.child = kept")
    told = peer.read()
    assert (told.values, told.errors) == ({2: "Bob"}, [])


def test_read_when_it_raises_then_position_and_text_are_told(peer: Peer, session: Session) -> None:
    """A Lua error is told with file and line; another text is another error, and the same one is told once."""
    session.execute("function app:bad()\n  error(self.text)\nend\napp.text = 'no way'", name="@bad.lua")
    told = peer.create(2, "bad()", access="r")
    assert told.errors == [(2, "lua-error")]
    assert told.description == "bad.lua:2: no way"
    session.execute("app.other = 1")
    assert not peer.read()
    session.execute("app.text = 'worse'")
    assert peer.read().description == "bad.lua:2: worse"
    session.execute("function app:bad() return 'fine' end")
    assert peer.read().entries == [["update", 2, 2, True, "fine", None]]


def test_read_when_nil_follows_an_error_then_the_end_of_the_error_is_told(peer: Peer, session: Session) -> None:
    """An update says that an error is over, also where the value is null as before."""
    session.execute("function app:bad() error('x') end")
    peer.create(2, "bad()", access="r")
    session.execute("function app:bad() end")
    assert peer.read().entries == [["update", 2, 2, True, None, None]]


def test_read_when_the_sender_mends_it_then_hears_that_the_error_is_over(peer: Peer, session: Session) -> None:
    """Its own value alone would not be told to it; the end of an error is, by an update."""
    session.execute("""
        app.part = 1
        function app:half(...)
          if select("#", ...) > 0 then self.part = (...) end
          return self.part == 1 and error("odd") or self.part
        end
    """)
    assert peer.create(2, "half()").errors == [(2, "lua-error")]
    assert peer.update(2, 4).entries == [["update", 2, 2, True, 4, None]]
    assert not peer.update(2, 6)


def test_read_when_an_error_ends_while_inactive_then_its_end_is_told_behind_that(peer: Peer, session: Session) -> None:
    """What was told of a variable that is switched off stands until it is not; what is still so isn't told again."""
    peer.send(create(2, "none.x"), create(3, "none.x.y"))
    peer.send(update(2, inactive="true"), update(3, inactive="true"))
    session.execute("app.none = {}")
    told = peer.send(update(2, inactive=""), update(3, inactive=""))
    assert (told.values, told.errors) == ({2: None}, [(3, "path-failure")])


@pytest.mark.parametrize(
    "value", ["{}", "nil", "setmetatable({}, { __tostring = error })", "42", "false", "coroutine.create(print)"]
)
def test_read_when_it_raises_any_value_then_the_others_are_told(peer: Peer, session: Session, value: str) -> None:
    """Whatever is raised is that variable's error; the walk is taken up behind it."""
    session.execute(f"function app:bad() error({value}) end")
    told = peer.send(create(2, "bad()", access="r"), create(3, "name"))
    assert told.errors == [(2, "lua-error")]
    assert told.values == {2: None, 3: "Ann"}


def test_read_when_a_metamethod_raises_then_is_that_variables_error(peer: Peer, session: Session) -> None:
    """`__index` that raises is caught; `__eq`, `__len` and `__pairs` are never asked."""
    session.execute("""
        app.child = setmetatable({}, { __index = function(_, k) error("no " .. k) end })
        local meta = { __eq = error, __len = error, __pairs = error, __lt = error }
        app.items = setmetatable({ 1 }, meta)
        app.other = setmetatable({ type = "T" }, meta)
    """)
    told = peer.send(create(2, "child.name"), create(3, "items"), create(4, "other"), create(5, "name"))
    assert told.errors == [(2, "lua-error")]
    assert (told.values[3], told.values[5]) == ([1], "Ann")
    session.execute("app.other = setmetatable({ type = 'T' }, getmetatable(app.other))")
    assert list(peer.read().values) == [4]


def test_error_when_somebody_begins_to_watch_then_is_told_to_him(peers: Peers) -> None:
    """Who watches a variable that has an error hears of it; who knew it doesn't again."""
    one, two = peers.peer(1), peers.peer(2)
    one.create(2, "none.name")
    one.read()
    assert two.watch("c1:2").errors == [("c1:2", "path-failure")]
    assert not one.read()


def test_getter_when_it_makes_a_variable_then_that_is_told_in_the_same_turn(peer: Peer, session: Session) -> None:
    """Variables that come into being while others are read are announced, and can be watched."""
    session.execute("""
        function app:grow()
          if not self.grown then self.grown = session:createVariable(1, { type = "New" }, { label = "x" }) end
          return self.grown
        end
    """)
    told = peer.create(2, "grow()", access="r")
    assert told.of("create") == [{"id": -1, "parentId": 1, "properties": {"label": "x"}}]
    assert told.values == {2: -1}


def test_getter_when_it_destroys_variables_then_the_walk_goes_on(peer: Peer, session: Session) -> None:
    """A getter may take away its own variable, one before it and one behind it."""
    session.execute("""
        ids = {}
        for i = 1, 3 do ids[i] = session:createVariable(1, app, { path = "kill()", access = "r" }) end
        function app:kill()
          self.calls = self.calls + 1
          if self.armed then
            for i = 1, 3 do session:destroyVariable(ids[i]) end
          end
          return self.calls
        end
    """)
    peer.send(*({"type": "watch", "id": -n} for n in (1, 2, 3)))
    peer.create(2, "name")
    session.execute("app.armed, app.name, app.calls = true, 'x', 0")
    told = peer.read()
    assert told.of("destroy") == [{"varId": -3}, {"varId": -2}, {"varId": -1}] or len(told.of("destroy")) == 3
    assert told.values == {2: "x"}
    assert session.get("app.calls") == 1


def test_named_path_when_the_other_comes_later_then_is_not_stale(peer: Peer, session: Session) -> None:
    """BD10, VP14: `@name` begins at a registered variable, as that is in this turn."""
    session.execute("session:registerPath('/here', session:createVariable(1, nil, { path = 'child' }))")
    session.execute("late = session:createVariable(1, nil, { path = 'child' })")
    peer.create(2, "@late.name")
    session.execute("session:registerPath('late', late)")
    assert peer.read().values == {2: "Bob"}
    peer.create(3, "@here.name")
    session.execute("app.child = { name = 'Eve' }")
    assert peer.read().values == {2: "Eve", 3: "Eve"}
    assert peer.create(4, "@app.name").values == {4: "Ann"}


def test_named_path_when_it_leads_back_to_itself_then_is_an_error(peer: Peer, session: Session) -> None:
    """Two variables that begin at each other end, and the session goes on."""
    session.execute("""
        session:registerPath("a", session:createVariable(1, nil, { path = "@b.x" }))
        session:registerPath("b", session:createVariable(1, nil, { path = "@a.x" }))
    """)
    told = peer.send({"type": "watch", "id": -1}, {"type": "watch", "id": -2}, create(2, "name"))
    assert told.errors == [(-1, "path-failure"), (-2, "path-failure")]
    assert told.values[2] == "Ann"


def test_parent_path_when_it_leads_up_then_begins_there(peer: Peer) -> None:
    """BD9: `..` begins at the parent's parent; above variable 1 there is nothing."""
    told = peer.send(
        create(2, "child"), create(3, "...name", 2), create(4, "..", 2), create(5, "..name"), create(6, "...")
    )
    assert told.values[3] == "Ann"
    assert told.values[4] == {"obj": 2}
    assert told.errors == [(5, "bad-message"), (6, "bad-message")]
    assert peer.create(7, "..").errors == [(7, "path-failure")]


def test_app_when_replaced_then_its_children_are_resolved_anew(peer: Peer, session: Session) -> None:
    """L2: another app object is variable 1's new value, never a second root."""
    peer.watch(1)
    peer.create(2, "name")
    number = session.eval("return session:createAppVariable({ type = 'Other', name = 'Eve' })")
    told = peer.read()
    assert number == 1
    assert told.values == {1: {"obj": 3}, 2: "Eve"}
    assert told.properties == {1: {"type": "Other"}}
    session.execute("session:createAppVariable(session:getApp())")
    assert not peer.read()


def test_two_variables_when_of_one_path_then_both_are_told(peer: Peer, session: Session) -> None:
    """What one peer writes through one variable is told of its other one."""
    peer.send(create(2, "name"), create(3, "name"))
    assert peer.update(2, "Eve").entries == [["update", 2, 3, True, "Eve", None]]


def test_turn_when_it_fails_then_what_it_changed_before_is_told(peer: Peer, session: Session) -> None:
    """Errors go to the caller, changes to those who watch."""
    session.execute("function app:half() self.name = 'half' error('then this') end")
    peer.send(create(2, "name"), create(3, "half()", access="action"))
    told = peer.update(3)
    assert told.errors == [(3, "lua-error")]
    assert told.values == {2: "half"}
