"""Several peers of one session: who is told what, how watches are counted, and what goes with a connection."""

from __future__ import annotations

import pytest
from peers import Peer, Peers, create, update

from luahost import Session

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", child = { name = "Bob" }, calls = 0 })
session:createAppVariable(app)
function app:counted() self.calls = self.calls + 1 return self.name end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with a name, a child, and a method that counts its calls."""
    session.execute(APP)


@pytest.fixture
def other(peers: Peers) -> Peer:
    """Returns a second peer."""
    return peers.peer(2)


def test_ids_when_two_peers_choose_the_same_then_each_has_its_own(peer: Peer, other: Peer) -> None:
    """R43, R45, tracker-ids-1: every peer counts from 2."""
    assert peer.create(2, "name").values == {2: "Ann"}
    assert other.create(2, "child.name").values == {2: "Bob"}
    assert peer.get(2) == {2: "Ann"}


def test_update_when_a_peer_writes_then_the_others_are_told_and_it_is_not(peer: Peer, other: Peer) -> None:
    """VP6: the sender gets no echo of its own value; whoever else watches is told."""
    peer.create(2, "name")
    other.watch("c1:2")
    other.create(3, "name")
    other.read()
    assert not peer.update(2, "Eve")
    assert other.read().values == {"c1:2": "Eve", 3: "Eve"}


def test_update_when_another_value_came_of_it_then_both_are_told(peer: Peer, other: Peer, session: Session) -> None:
    """Who sent a value hears of it where it differs."""
    session.execute("function app:upper(...) if ... then self.name = string.upper((...)) end return self.name end")
    peer.create(2, "upper()")
    other.watch("c1:2")
    assert peer.update(2, "eve").values == {2: "EVE"}
    assert other.read().values == {"c1:2": "EVE"}


def test_watch_when_a_second_peer_begins_then_it_alone_is_told_all(peer: Peer, other: Peer) -> None:
    """VP8, R41: a watch is answered at once, to him who asked, with the value and all properties."""
    peer.create(2, "name", label="x", priority="low")
    told = other.watch("c1:2")
    assert told.updates == [(3, "c1:2", True, "Ann", {"path": "name", "label": "x", "priority": "low"})]
    assert not peer.read()


def test_watch_when_the_value_changed_in_the_same_turn_then_both_are_told_it(
    peer: Peer, other: Peer, session: Session
) -> None:
    """Who begins to watch has all; who watched has the change."""
    peer.create(2, "name")

    def work(own: Session) -> None:
        own.set("app.name", "Eve")
        other.watch("c1:2")

    session.run(work)
    assert peer.read().entries == [["update", 2, 2, True, "Eve", None]]
    assert other.read().values == {"c1:2": "Eve"}


def test_watch_when_counted_twice_then_one_unwatch_leaves_one(peer: Peer, session: Session) -> None:
    """VP9, VP10: watches are counted; a variable is computed while the count is above zero."""
    peer.create(2, "counted()", access="r")
    assert peer.watch(2).values == {2: "Ann"}
    peer.unwatch(2)
    session.set("app.name", "Eve")
    assert peer.read().values == {2: "Eve"}
    peer.unwatch(2)
    calls = session.get("app.calls")
    session.set("app.name", "Zoe")
    assert not peer.read()
    assert session.get("app.calls") == calls


def test_unwatch_when_there_is_no_watch_then_is_nothing(peer: Peer, other: Peer, session: Session) -> None:
    """One peer can't take another's watch back."""
    peer.create(2, "name")
    assert not other.unwatch("c1:2")
    peer.unwatch(2)
    peer.unwatch(2)
    assert peer.watch(2).values == {2: "Ann"}
    session.set("app.name", "Eve")
    assert peer.read().values == {2: "Eve"}


def test_unwatch_when_one_of_two_goes_then_the_other_is_still_told(peer: Peer, other: Peer, session: Session) -> None:
    """Who watches no longer isn't told."""
    peer.create(2, "name")
    other.watch("c1:2")
    peer.unwatch(2)
    session.set("app.name", "Eve")
    assert not peer.read()
    assert other.read().values == {"c1:2": "Eve"}


def test_destroy_when_others_watch_then_they_are_told_children_first(peer: Peer, other: Peer) -> None:
    """VP12, VP13, R112: whoever watches a variable hears that it is gone; its sender knows."""
    peer.send(create(2, "child"), create(3, "name", 2))
    other.send({"type": "watch", "id": "c1:2"}, {"type": "watch", "id": "c1:3"})
    assert not peer.destroy(2)
    assert other.read().of("destroy") == [{"varId": "c1:3"}, {"varId": "c1:2"}]


def test_destroy_when_the_variable_is_of_lua_or_of_another_then_is_refused(
    peer: Peer, other: Peer, session: Session
) -> None:
    """A peer destroys what it made."""
    session.execute("session:createVariable(1, app.child)")
    peer.create(2, "name")
    assert peer.destroy(-1).errors == [(-1, "access")]
    assert other.destroy("c1:2").errors == [("c1:2", "access")]
    assert peer.get(2, -1)[2] == "Ann"


def test_connection_when_it_goes_then_its_watches_and_variables_go(peer: Peer, other: Peer, session: Session) -> None:
    """What a connection made goes with it, children first; what it watched is counted back."""
    session.execute("shared = session:createVariable(1, nil, { path = 'counted()', access = 'r' })")
    peer.send(create(2, "child"), create(3, "name", 2), {"type": "watch", "id": -1})
    other.send({"type": "watch", "id": "c1:2"}, {"type": "watch", "id": "c1:3"})
    peer.leave()
    assert other.read().of("destroy") == [{"varId": "c1:3"}, {"varId": "c1:2"}]
    assert not peer.read()
    assert [each["id"] for each in session.variables()] == [1, -1]
    calls = session.get("app.calls")
    session.execute("")
    assert session.get("app.calls") == calls


def test_connection_when_it_goes_then_what_lua_made_below_goes_too(peer: Peer, other: Peer, session: Session) -> None:
    """No variable stays whose parent is gone."""
    peer.create(2, "child")
    session.execute("session:createVariable(app.child, { type = 'Below' })")
    assert other.send().of("create") == [{"id": -1, "parentId": "c1:2"}]
    peer.leave()
    assert other.read().of("destroy") == [{"varId": -1}]
    assert [each["id"] for each in session.variables()] == [1]


def test_connection_when_it_goes_twice_or_is_unknown_then_is_nothing(peer: Peer, other: Peer, session: Session) -> None:
    """A connection that has said nothing, or has gone, leaves nothing to do."""
    peer.create(2, "name")
    session.disconnect(77)
    other.leave()
    other.leave()
    session.set("app.name", "Eve")
    assert peer.read().values == {2: "Eve"}


def test_peer_when_it_comes_later_then_is_told_of_luas_variables(peer: Peer, other: Peer, session: Session) -> None:
    """R46, tracker-ids-2: Lua's variables are negative, seen by all, and introduced to who comes later."""
    peer.create(2, "name")
    session.execute("first = session:createVariable(1, app.child, { label = 'x' })")
    assert peer.read().of("create") == [{"id": -1, "parentId": 1, "properties": {"label": "x"}}]
    session.execute("session:createVariable(first, nil, { path = 'name' })")
    told = other.send(create(2, "name"), {"type": "watch", "id": -2})
    assert [each["id"] for each in told.of("create")] == [-1, -2]
    assert told.values == {2: "Ann", -2: "Bob"}


def test_peer_when_lua_destroys_a_variable_then_all_who_know_it_are_told(
    peer: Peer, other: Peer, session: Session
) -> None:
    """Whoever was told of a variable hears that it is gone, watching or not."""
    peer.create(2, "name", nowatch=True)
    other.send()
    session.execute("id = session:createVariable(1, app.child)")
    session.execute("session:destroyVariable(id) session:destroyVariable('c1:2')")
    assert peer.read().of("destroy") == [{"varId": -1}, {"varId": 2}]
    assert other.read().of("destroy") == [{"varId": -1}]


def test_variable_when_made_and_destroyed_in_a_turn_then_nobody_hears_of_it(peer: Peer, session: Session) -> None:
    """What is gone when the turn ends was never there."""
    peer.send()
    session.execute("session:destroyVariable(session:createVariable(1, app.child))")
    assert not peer.read()


def test_host_when_it_sends_messages_itself_then_is_no_connection(peers: Peers, other: Peer, session: Session) -> None:
    """Messages of connection 0 are the host's: it watches nothing and is told nothing."""
    other.create(2, "name")
    peers.peer(0).send({"type": "update", "id": "c2:2", "valued": True, "value": "Eve"})
    assert other.read().values == {2: "Eve"}
    session.execute("session:createVariable(1, app.child)")
    assert [to for to, *_ in peers.entries if 0 in to] == []


def test_property_when_two_peers_set_it_then_each_hears_of_the_other(peer: Peer, other: Peer) -> None:
    """A property is told to all who watch but its sender."""
    peer.create(2, "name")
    other.watch("c1:2")
    assert not peer.update(2, label="one")
    assert other.read().properties == {"c1:2": {"label": "one"}}
    assert not other.update("c1:2", label="two")
    assert peer.read().properties == {2: {"label": "two"}}


def test_entry_when_several_peers_watch_then_goes_to_all_at_once(
    peers: Peers, peer: Peer, other: Peer, session: Session
) -> None:
    """R40, B4: one entry serves every connection."""
    peer.create(2, "name")
    other.watch("c1:2")
    since = len(peers.entries)
    session.set("app.name", "Eve")
    assert peers.entries[since:] == [[[1, 2], "update", 2, "c1:2", True, "Eve", None]]


def test_update_when_a_variable_is_without_path_then_its_other_watchers_are_told(peer: Peer, other: Peer) -> None:
    """A value of a variable's own is shared by those who watch it."""
    peer.create(2, value="a")
    other.watch("c1:2")
    assert not peer.update(2, "b")
    assert other.read().values == {"c1:2": "b"}
    peer.send(update(2, "c"), update(2, "d"))
    assert other.read().values == {"c1:2": "d"}
