"""What a peer's messages do: create, destroy, update, watch, get, getObjects; and what is answered."""

from __future__ import annotations

from typing import Any

import pytest
from peers import Peer, create, update

from luahost import Session
from luahost.news import LogLine

APP = """
local App = session:prototype("App", {})
app = session:create(App, {
  name = "Ann", age = 41, tags = { "a", "b" }, child = session:create(App, { name = "Bob" }),
  items = { { name = "one" }, { name = "two" } },
})
session:createAppVariable(app)
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with a name, an age, tags, a child and items."""
    session.execute(APP)


def test_app_when_watched_then_is_variable_1_and_object_2(peer: Peer) -> None:
    """L1, R44, BD1, tracker-create-1, tracker-tree-2: the app is variable 1, a reference to object 2."""
    assert peer.watch(1).updates == [(2, 1, True, {"obj": 2}, {"type": "App"})]


def test_create_when_it_has_a_path_then_is_answered_by_an_update_alone(peer: Peer) -> None:
    """R43 to R49, VP8, tracker-create-2: a peer's variable has the id that it chose, and an update follows at once."""
    told = peer.create(2, "name")
    assert told.entries == [["update", 2, 2, True, "Ann", {"path": "name"}]]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("age", 41),
        ("child.name", "Bob"),
        ("tags.1", "b"),
        ("items.0.name", "one"),
        ("tags", ["a", "b"]),
        ("nothing", None),
        ("child.nothing", None),
        ("items.7", None),
    ],
)
def test_create_when_the_path_leads_somewhere_then_that_is_its_value(peer: Peer, path: str, value: Any) -> None:
    """tracker-create-3, tracker-create-4, tracker-resolver-1 to -3, BD5, BD6, BD7: fields, dots and indexes from 0."""
    told = peer.create(2, path)
    assert told.values == {2: value}
    assert told.errors == []


def test_create_when_the_value_is_an_object_then_it_has_a_number_and_a_type(peer: Peer) -> None:
    """VP2, tracker-create-5: an object is a reference that finds it again; `type` tells its prototype."""
    told = peer.create(2, "child")
    number = told.values[2]["obj"]
    assert told.properties[2]["type"] == "App"
    (answer,) = peer.send({"type": "getObjects", "ids": [number]}).of("getObjects")
    assert answer == {"objects": [{"obj": number, "value": {"name": "Bob"}}]}


def test_get_when_nobody_watches_then_has_the_type_of_the_value(peer: Peer, session: Session) -> None:
    """The property `type` goes with the value, also of a variable that is only looked at."""
    peer.create(2, "child", nowatch=True)
    asked = {"type": "get", "ids": [2]}
    (answer,) = peer.send(asked).of("get")
    assert answer["variables"][0]["properties"] == {"path": "child", "type": "App"}
    session.execute("app.child = 5")
    (answer,) = peer.send(asked).of("get")
    assert answer["variables"][0]["properties"] == {"path": "child"}


def test_get_when_what_is_above_fails_then_is_what_is_told(peer: Peer, session: Session) -> None:
    """A variable whose path leaves out the one above it needs nothing of that one, looked at or watched."""
    session.execute("function app:bad() error('bad') end")
    peer.create(2, "bad()", access="r")
    assert peer.send(create(3, "...name", 2, access="r"), create(4, "name", 2)).values == {3: "Ann", 4: None}
    told = peer.send({"type": "get", "ids": [3, 4]})
    assert [each["value"] for each in told.of("get")[0]["variables"]] == ["Ann", None]
    assert told.errors == [(4, "path-failure")]


def test_create_when_below_another_variable_then_begins_at_its_value(peer: Peer) -> None:
    """tracker-tree-3, tracker-traversal-1, -2, tracker-accessors-4: paths begin at the parent's value."""
    peer.send(create(2, "items"), create(3, "1", 2))
    assert peer.create(4, "name", 3).values == {4: "two"}


def test_create_when_the_id_is_in_use_then_is_an_error_and_nothing_else(peer: Peer) -> None:
    """tracker-create-7, tracker-create-8: an id is given once; the variable that has it stays as it is."""
    peer.create(5, "name")
    assert peer.create(5, "age").errors == [(5, "bad-message")]
    assert peer.get(5) == {5: "Ann"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (create(2, "name", 77), "not-found"),
        (create(2, "a..b"), "bad-message"),
        (create(2, "_secret"), "access"),
        (create(2, "name", access="wr"), "bad-message"),
        (create(2, "name", access="action"), "access"),
        (create(2, "name", priority="urgent"), "bad-message"),
        (create(2, "name", value={"obj": 123456}), "not-found"),
        (create(2, create="Nothing"), "not-found"),
        (create(2, "child.x", create="Nothing"), "not-found"),
    ],
)
def test_create_when_it_can_not_be_then_is_an_error_and_no_variable(peer: Peer, message: Any, code: str) -> None:
    """VP15, tracker-access-4: a create that fails leaves nothing; the rest of the batch goes on."""
    told = peer.send(message, create(3, "age"))
    assert told.errors == [(2, code)]
    assert told.values == {3: 41}
    assert peer.watch(2).errors == [(2, "not-found")]


@pytest.mark.parametrize("value", ["text", 7, False, 1.5, [1, [2]], None])
def test_create_when_it_has_a_value_then_keeps_it(peer: Peer, value: Any) -> None:
    """VP1: without a path the value is the variable's own."""
    assert peer.create(2, value=value).values == {2: value}
    assert peer.get(2) == {2: value}


def test_create_when_unbound_then_has_the_value_that_peers_write(peer: Peer, session: Session) -> None:
    """VP5: an unbound variable is kept for peers, and its path leads nowhere in the application."""
    assert peer.create(2, "name", unbound=True, value="mine").values == {2: "mine"}
    peer.update(2, "other")
    assert peer.get(2) == {2: "other"}
    assert session.get("app.name") == "Ann"


def test_create_when_not_watched_then_nothing_is_told_until_it_is(peer: Peer, session: Session) -> None:
    """`nowatch` creates in silence."""
    assert not peer.create(2, "name", nowatch=True)
    session.set("app.name", "Eve")
    assert not peer.read()
    assert peer.watch(2).values == {2: "Eve"}


def test_create_property_when_set_then_makes_an_object_of_that_name(peer: Peer, session: Session) -> None:
    """VP3: `create=T` makes `T:new()` as the value, of a presenter, prototype or global; a value given is ignored."""
    session.execute("""
        session:prototype("Both", { from = "prototype" })
        ui.registerPresenter("Both", { new = function() return { type = "Both", from = "presenter" } end })
        Global = { new = function() return { type = "G", from = "global" } end }
    """)
    told = peer.send(
        create(2, value=9, create="Both"), create(3, "from", 2), create(4, create="Global"), create(5, "from", 4)
    )
    assert told.properties[2]["type"] == "Both"
    assert (told.values[3], told.values[5]) == ("presenter", "global")


def test_create_property_when_there_is_a_path_then_the_object_is_put_there(peer: Peer, session: Session) -> None:
    """VP3: with a path the new object is written where that leads."""
    session.execute("session:prototype('Note', { text = 'new' })")
    assert peer.create(2, "child.note", create="Note").properties[2]["type"] == "Note"
    assert session.get("app.child.note.text") == "new"


def test_properties_when_given_by_path_and_by_name_then_the_query_wins(peer: Peer) -> None:
    """tracker-create-11 to tracker-create-16, tracker-access-2, tracker-access-6: `?key=value` sets properties."""
    told = peer.send(create(2, "name?access=r&label=x", access="rw", priority="low"), create(3, "age?priority=high"))
    assert told.properties[2] == {"path": "name", "access": "r", "label": "x", "priority": "low"}
    assert {id: priority for priority, id, *_ in told.updates} == {2: 3, 3: 1}


def test_update_when_it_has_a_value_then_the_object_has_it(peer: Peer, session: Session) -> None:
    """VP6, BD3, BD4, BD11, tracker-accessors-3, tracker-resolver-4: the value is written where the path leads."""
    peer.send(create(2, "child.name"), create(3, "tags.0"), update(2, "Eve"), update(3, "z"))
    assert session.eval("return app.child.name, app.tags[1]") == ("Eve", "z")


def test_update_when_it_follows_its_create_then_needs_no_turn_between(peer: Peer, session: Session) -> None:
    """What is above a variable is read as it is in that moment, watched or not."""
    batch = (create(2, "child", nowatch=True), create(3, "name", 2, nowatch=True), update(3, "new"))
    assert not peer.send(*batch)
    assert session.get("app.child.name") == "new"


def test_update_when_the_parent_was_replaced_in_the_batch_then_reaches_the_new_one(
    peer: Peer, session: Session
) -> None:
    """A write never reaches an object that was there before."""
    session.execute("function app:swap() self.old, self.child = self.child, { name = 'fresh' } end")
    peer.send(create(2, "child"), create(3, "name", 2), create(4, "swap()", access="action"))
    peer.send(update(4), update(3, "written"))
    assert session.eval("return app.child.name, app.old.name") == ("written", "Bob")


def test_update_when_the_value_is_a_reference_then_is_that_object(peer: Peer, session: Session) -> None:
    """`{"obj": n}` from a peer is the object, not a table that looks so."""
    number = peer.create(2, "child").values[2]["obj"]
    peer.send(create(3, "friend"), update(3, {"obj": number}), create(4, "list"), update(4, [1, {"obj": number}]))
    assert session.eval("return app.friend == app.child, app.list[2] == app.child") == (True, True)


def test_update_when_it_sets_properties_then_the_others_stay(peer: Peer) -> None:
    """VP7, P14, tracker-accessors-5: properties are set one by one; the empty string unsets one."""
    peer.create(2, "name", label="a", hint="b")
    assert not peer.update(2, label="", colour="red")
    properties = peer.send({"type": "get", "ids": [2]}).of("get")[0]["variables"][0]["properties"]
    assert properties == {"path": "name", "hint": "b", "colour": "red"}


def test_update_when_it_sets_a_path_then_the_value_is_what_is_there(peer: Peer) -> None:
    """A variable may be pointed elsewhere, and be made one with a value of its own."""
    peer.create(2, "name")
    assert peer.update(2, path="age").values == {2: 41}
    assert peer.update(2, path="?access=r").values == {2: None}


@pytest.mark.parametrize(
    "properties", [{"path": "a..b"}, {"access": "action"}, {"access": "x"}, {"path": "f(_)"}, {"priority": "x"}]
)
def test_update_when_one_property_is_wrong_then_none_is_set(peer: Peer, properties: dict[str, str]) -> None:
    """A message that can't be carried out touches nothing."""
    peer.create(2, "name")
    assert len(peer.update(2, hint="new", **properties).errors) == 1
    assert peer.send({"type": "get", "ids": [2]}).of("get")[0]["variables"][0]["properties"] == {"path": "name"}


def test_type_when_a_peer_sets_it_then_stays_the_kernels(peer: Peer) -> None:
    """The property `type` is kept by us."""
    peer.create(2, "child", type="Mine")
    assert not peer.update(2, type="Other")
    assert peer.send({"type": "get", "ids": [2]}).of("get")[0]["variables"][0]["properties"]["type"] == "App"


def test_app_when_a_peer_writes_or_destroys_it_then_is_an_error(peer: Peer, session: Session) -> None:
    """tracker-variable-2: variable 1 is the session's."""
    assert peer.update(1, 5).errors == [(1, "access")]
    assert peer.destroy(1).errors == [(1, "access")]
    assert session.get("app.name") == "Ann"


@pytest.mark.parametrize("type", ["destroy", "update", "watch", "unwatch"])
def test_message_when_the_variable_is_unknown_then_is_an_error(peer: Peer, type: str) -> None:
    """A message of a variable that isn't there says so."""
    assert peer.send({"type": type, "id": 9}).errors == [(9, "not-found")]


def test_message_when_its_type_is_unknown_then_is_an_error_and_the_rest_goes_on(peer: Peer) -> None:
    """One message that can't be carried out stops no other."""
    told = peer.send({"type": "shout", "id": 3}, create(2, "name"))
    assert told.errors == [(3, "bad-message")]
    assert told.values == {2: "Ann"}


def test_destroy_when_it_has_children_then_they_go_first_and_the_sender_is_not_told(peer: Peer) -> None:
    """VP12, VP13, tracker-variable-2: a variable takes those below it along; its id is free again."""
    peer.send(create(2, "child"), create(3, "name", 2), create(4, "name", 2))
    assert not peer.destroy(2)
    assert peer.send({"type": "get", "ids": [2, 3, 4]}).errors == [(2, "not-found"), (3, "not-found"), (4, "not-found")]
    assert peer.create(2, "name").values == {2: "Ann"}


def test_destroy_when_done_then_its_objects_are_let_go(peer: Peer, session: Session) -> None:
    """Nothing of the tree holds an object whose variables are gone."""
    session.execute("gone = setmetatable({ app.child }, { __mode = 'v' })")
    peer.send(create(2, "child"), create(3, "name", 2))
    peer.destroy(2)
    session.execute("app.child = nil")
    session.collect()
    assert session.eval("return gone[1] == nil") is True


def test_unwatch_when_the_last_watch_goes_then_its_objects_are_let_go(peer: Peer, session: Session) -> None:
    """A variable that nobody watches holds neither its value nor what was sent."""
    session.execute("gone = setmetatable({ app.child, app.items[1] }, { __mode = 'v' })")
    peer.send(create(2, "child"), create(3, "items"))
    peer.send({"type": "unwatch", "id": 2}, {"type": "unwatch", "id": 3})
    session.execute("app.child, app.items = nil, {}")
    session.collect()
    assert session.eval("return next(gone) == nil") is True


def test_get_when_several_are_asked_for_then_answers_those_that_are_there(peer: Peer) -> None:
    """tracker-variable-1, tracker-accessors-1: the asker alone is answered, with an error for each that isn't there."""
    peer.send(create(2, "name", nowatch=True, label="x"), create(3, "age"))
    told = peer.send({"type": "get", "ids": [2, 9, 3]})
    assert told.errors == [(9, "not-found")]
    assert told.of("get") == [
        {
            "variables": [
                {"id": 2, "value": "Ann", "properties": {"path": "name", "label": "x"}},
                {"id": 3, "value": 41, "properties": {"path": "age"}},
            ]
        }
    ]


def test_get_when_the_value_was_written_in_the_same_batch_then_is_the_new_one(peer: Peer) -> None:
    """An answer is never older than what the same peer has sent before it."""
    peer.create(2, "name")
    told = peer.send(update(2, "new"), {"type": "get", "ids": [2]})
    assert told.of("get")[0]["variables"][0]["value"] == "new"


def test_get_when_reading_fails_then_is_null_with_the_error(peer: Peer, session: Session) -> None:
    """What can't be read is null, and why is told besides."""
    session.execute("function app:bad() error('no way') end")
    peer.send(create(2, "bad()", access="r", nowatch=True), create(3, "none.x", nowatch=True))
    told = peer.send({"type": "get", "ids": [2, 3]})
    assert [each["value"] for each in told.of("get")[0]["variables"]] == [None, None]
    assert told.errors == [(2, "lua-error"), (3, "path-failure")]


def test_get_objects_when_asked_then_answers_public_fields(peer: Peer, session: Session) -> None:
    """Keys with a leading '_', functions, what isn't named and what is inherited stay inside."""
    session.execute("app.child._secret, app.child.method, app.child[true] = 1, print, 2")
    session.execute("session:prototype('App').inherited = 3")
    assert session.eval("return app.child.inherited") == 3
    number = peer.create(2, "child").values[2]["obj"]
    told = peer.send({"type": "getObjects", "ids": [number, 999999]})
    assert told.of("getObjects") == [{"objects": [{"obj": number, "value": {"name": "Bob"}}]}]
    assert told.errors == [(999999, "not-found")]


def test_error_when_a_peer_reports_one_then_it_is_logged(peer: Peer, logged: list[LogLine]) -> None:
    """A peer's error is a line in the log."""
    assert not peer.send({"type": "error", "id": 4, "code": "render", "description": "no template"})
    assert [(line.level, "no template" in line.message) for line in logged] == [("warn", True)]


def test_text_when_not_utf8_then_crosses_as_its_bytes(peer: Peer, session: Session) -> None:
    """A string of the application is told as it is."""
    session.execute("app.raw = 'a' .. string.char(255, 0) .. 'b'")
    assert peer.create(2, "raw").values == {2: "a\udcff\0b"}
