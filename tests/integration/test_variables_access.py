"""Access and paths: what is read, what is written, what is called, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from peers import Peer, Peers, create, update

from luahost import Session

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", child = { name = "Bob" }, log = {} })
session:createAppVariable(app)
local function note(...) app.log[#app.log + 1] = table.concat({ ... }, " ") end
function app:title(...)
  if select("#", ...) > 0 then self.name = tostring((...)) end
  note("title", select("#", ...))
  return self.name
end
function app:setName(value) note("setName", tostring(value)) self.name = value end
function app:hello(...) note("hello", select("#", ...)) return "hi" end
function app:pick() note("pick") return self.child end
function app.child:rename(value) self.name = value end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app that notes which of its methods are called."""
    session.execute(APP)


def log(session: Session) -> list[str]:
    """Returns what has been called since this was asked last."""
    calls: list[str] = session.eval("local calls = app.log app.log = {} return calls")
    return calls


MATRIX = [
    # path, access, value that is told, error of a write, the call that a write makes, name behind it
    ("name", "rw", "Ann", None, None, "new"),
    ("name", "r", "Ann", "access", None, "Ann"),
    ("name", "w", None, None, None, "new"),
    ("title()", "rw", "Ann", None, "title 1", "new"),
    ("title()", "r", "Ann", "access", None, "Ann"),
    ("title()", "action", None, None, "title 0", "Ann"),
    ("setName(_)", "w", None, None, "setName new", "new"),
    ("setName(_)", "action", None, None, "setName new", "new"),
    ("pick().name", "rw", "Bob", None, "pick", "Ann"),
    ("pick().name", "r", "Bob", "access", None, "Ann"),
    ("pick().rename(_)", "w", None, None, "pick", "Ann"),
    ("hello()", "action", None, None, "hello 0", "Ann"),
]


@pytest.mark.parametrize(("path", "access", "value", "code", "call", "name"), MATRIX)
def test_access_when_read_and_written_then_does_what_it_may(
    peer: Peer, session: Session, path: str, access: str, value: Any, code: str | None, call: str | None, name: str
) -> None:
    """L4, tracker-access-1, -3, -5, -7, -8, tracker-accessors-2, tracker-semantics-1 to -4, tracker-call-1, -2."""
    assert peer.create(2, path, access=access).updates[0][2:4] == (access in ("rw", "r"), value)
    log(session)
    assert peer.update(2, "new").errors == ([(2, code)] if code else [])
    calls = log(session)
    assert call is None or call in calls
    assert "title 1" not in calls or call == "title 1"
    assert session.get("app.name") == name


@pytest.mark.parametrize("value", ["new", "long " * 2000, 5, 0.5, True, None])
def test_update_when_alone_then_does_what_it_does_in_a_batch(peer: Peer, session: Session, value: Any) -> None:
    """The commonest message has a way of its own, on which a text of any length comes through."""
    peer.send(create(2, "name"), create(3, "name"))
    alone = peer.update(2, value).entries
    peer.update(2, "Ann")
    assert peer.send(update(2, value)).entries == alone
    assert session.get("app.name") == value


def test_access_when_none_is_given_then_is_rw(peer: Peer, session: Session) -> None:
    """tracker-access-1: the default."""
    peer.create(2, "name")
    peer.update(2, "Eve")
    assert session.get("app.name") == "Eve"


def test_access_when_changed_then_holds_from_then_on(peer: Peer, session: Session) -> None:
    """tracker-access-2: access is a property."""
    peer.create(2, "name")
    assert peer.update(2, access="r").errors == []
    assert peer.update(2, "x").errors == [(2, "access")]
    peer.update(2, access="w")
    session.execute("app.name = 'unseen'")
    assert not peer.read()
    assert peer.update(2, access="rw").values == {2: "unseen"}


def test_access_when_w_then_what_is_computed_for_those_below_is_not_told(peer: Peer, session: Session) -> None:
    """What a write-only variable leads its children to is no value of its own; it is told once it may be read."""
    peer.create(2, value=5, access="w")
    assert not peer.create(3, "...name", 2, access="r").values.keys() - {3}
    session.execute("app.name = 'Eve'")
    assert peer.read().values == {3: "Eve"}
    assert peer.update(2, access="rw").values == {2: 5}


def test_action_when_called_then_is_never_read(peer: Peer, session: Session) -> None:
    """tracker-access-9: an action runs when it is written, once for each, and detection leaves it alone."""
    peer.create(2, "hello()", access="action")
    session.execute("app.other = 1")
    peer.send(update(2, None), update(2))
    assert log(session) == ["hello 0", "hello 0"]


def test_action_when_its_properties_are_set_then_is_not_called(peer: Peer, session: Session) -> None:
    """A property is set without an action."""
    peer.create(2, "hello()", access="action")
    peer.update(2, label="x")
    assert log(session) == []


@pytest.mark.parametrize("value", ["text", 5, True, False, None, [1, 2]])
def test_action_when_it_takes_a_value_then_has_it(peer: Peer, session: Session, value: Any) -> None:
    """`foo(_)` is called with the written value."""
    peer.create(2, "setName(_)", access="action")
    peer.update(2, value)
    assert session.get("app.name") == value


def test_action_when_it_raises_then_the_sender_has_code_text_and_position(peer: Peer, session: Session) -> None:
    """The error of an action goes to its sender, with its position."""
    session.execute("function app:fail()\n  error('no way')\nend", name="@app.lua")
    peer.create(2, "fail()", access="action")
    told = peer.update(2)
    assert told.errors == [(2, "lua-error")]
    assert told.description == "app.lua:2: no way"


@pytest.mark.parametrize(
    ("path", "access"),
    [("none.name", "rw"), ("child.none.x", "rw"), ("name.first", "w"), ("nix()", "action"), ("child.nix(_)", "w")],
)
def test_write_when_nil_is_in_the_way_then_is_an_error_to_the_sender(peer: Peer, path: str, access: str) -> None:
    """A write through nil is `path-failure`; nothing is made up on the way, and what the sender shows is put right."""
    peer.create(2, path, access=access)
    told = peer.update(2, "x")
    assert told.errors == [(2, "path-failure")]
    assert told.values == ({2: None} if access == "rw" else {})


@pytest.mark.parametrize("path", ["..", "@app", "@none", ""])
def test_write_when_the_path_is_no_field_then_is_refused(peer: Peer, path: str) -> None:
    """What isn't a field, an index or a method can't be written; without a path, the value is the variable's own."""
    peer.create(2, path, access="w")
    assert peer.update(2, "x").errors == ([(2, "access")] if path else [])


def test_write_when_a_setter_raises_then_is_the_senders_error(peer: Peer, session: Session) -> None:
    """`__newindex` that raises is the error of that message; the rest of the batch goes on."""
    session.execute("app.child = setmetatable({}, { __newindex = function() error('frozen') end })")
    told = peer.send(create(2, "child.name"), update(2, "x"), create(3, "name"))
    assert told.errors == [(2, "lua-error")]
    assert told.values == {2: None, 3: "Ann"}


def test_write_when_the_application_takes_another_value_then_the_sender_is_told(peer: Peer, session: Session) -> None:
    """The sender gets no echo of its value, but what came of it if that differs."""
    session.execute(
        "function app:upper(...) if select('#', ...) > 0 then self.name = string.upper((...)) end return self.name end"
    )
    peer.create(2, "upper()")
    assert not peer.update(2, "EVE")
    assert peer.update(2, "bob").entries == [["update", 2, 2, True, "BOB", None]]
    assert peer.update(2, "bob").values == {2: "BOB"}


def test_write_when_the_application_keeps_the_old_value_then_the_sender_is_told(peer: Peer, session: Session) -> None:
    """A value that is refused in silence is put right where it was written."""
    session.execute("function app:fixed() return 'fixed' end")
    peer.create(2, "fixed()")
    assert peer.update(2, "x").values == {2: "fixed"}


def test_write_when_the_path_ends_in_an_index_then_the_item_is_replaced(peer: Peer, session: Session) -> None:
    """Items are written by their index from 0."""
    session.execute("app.items = { 'a', 'b' }")
    peer.create(2, "items.1")
    peer.update(2, "z")
    assert session.get("app.items") == ["a", "z"]


def test_variable_without_path_when_read_only_then_keeps_its_value(peer: Peer) -> None:
    """Access holds for a variable's own value, too."""
    peer.create(2, value="x", access="r")
    assert peer.update(2, "y").errors == [(2, "access")]
    assert peer.get(2) == {2: "x"}


@pytest.mark.parametrize("name", ["viewdefs", "viewdefs:high", "path"])
def test_view_definitions_when_a_peer_sends_some_then_no_other_gets_them(peer: Peer, peers: Peers, name: str) -> None:
    """What a page shows as HTML comes from the site: one peer can't put scripts into the pages of others."""
    other = peers.peer(2)
    other.watch(1)
    text = "?viewdefs={}" if name == "path" else "{}"
    assert peer.update(1, label="x", **{name: text}).errors == [(1, "access")]
    assert not other.read()
    assert not peer.watch(1).properties[1].keys() - {"type"}
