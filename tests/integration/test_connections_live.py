"""Peers of a real session: frames in, turns, frames out."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest

from luahost import Host, Session
from luahost.errors import TooManyConnections
from luahost.news import Changes, GuestError, LogLine

APP = """
Item = session:prototype("Item", { name = "" })
App = session:prototype("App", { count = 0, title = "t", items = EMPTY })
function App:add() self.count = self.count + 1 end
function App:fail() self.count = self.count + 10 error("boom") end
app = session:create(App, { items = {} })
session:createAppVariable(app)
"""


class Peer:
    """The other end of a connection, in JSON or in msgpack."""

    def __init__(self, session: Session, *, is_binary: bool = False) -> None:
        self._is_binary = is_binary
        self.connection = session.connect(lambda urgent: None)

    def say(self, *messages: tuple[str, dict[str, Any]], user_event: bool = False) -> None:
        """Sends a batch."""
        batch: Any = [{"type": type, "data": data} for type, data in messages]
        if user_event:
            batch = {"userEvent": True, "messages": batch}
        self.connection.receive(msgpack.packb(batch) if self._is_binary else json.dumps(batch))

    def hear(self) -> list[dict[str, Any]]:
        """Returns the messages of the next frame."""
        frame = self.connection.take()
        if frame is None:
            return []
        said = msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
        return said if isinstance(said, list) else [said]

    def show(self, id: int, path: str, **more: Any) -> list[dict[str, Any]]:
        """Makes a variable with a path, and returns what is told of it."""
        self.say(("create", {"id": id, "parentId": 1, "properties": {"path": path, **more}}))
        return self.hear()


@pytest.fixture
def app(session: Session) -> Session:
    """Returns a session with an app."""
    session.execute(APP)
    return session


@pytest.fixture(params=[False, True], ids=["json", "msgpack"])
def peer(app: Session, request: pytest.FixtureRequest) -> Peer:
    """Returns a peer that speaks either form."""
    return Peer(app, is_binary=request.param)


def test_watch_when_a_peer_comes_then_the_root_is_told(peer: Peer) -> None:
    """Variable 1 is the app's object, told to whoever watches it (BD1, VP8, R44)."""
    peer.say(("watch", {"varId": 1}))
    (update,) = peer.hear()
    assert update["data"]["varId"] == 1
    assert set(update["data"]["value"]) == {"obj"}
    assert update["data"]["properties"]["type"] == "App"


def test_create_when_a_peer_makes_a_variable_then_it_is_told_its_value_under_its_id(peer: Peer) -> None:
    """Create carries the id that the peer chose, is not answered, and watches (R43, R49, VP1)."""
    (update,) = peer.show(17, "title")
    assert (update["type"], update["data"]["varId"], update["data"]["value"]) == ("update", 17, "t")


def test_create_when_an_id_is_in_use_then_it_is_an_error_and_nothing_else(peer: Peer) -> None:
    """The variable that is there stays as it is (R43)."""
    peer.show(17, "title")
    (error,) = peer.show(17, "count")
    assert (error["type"], error["data"]["varId"]) == ("error", 17)
    peer.say(("get", {"varIds": [17]}))
    assert peer.hear()[0]["data"]["variables"][0]["value"] == "t"


def test_action_when_a_user_clicks_then_all_peers_are_told(app: Session, peer: Peer) -> None:
    """An action's changes reach every watcher, each under its own id, and no echo the sender (VP6)."""
    other = Peer(app)
    other.show(2, "count")
    peer.show(5, "count")
    peer.show(6, "add()", access="action")
    peer.say(("update", {"varId": 6, "value": None}), user_event=True)
    assert [[said["data"] for said in each.hear()] for each in (peer, other)] == [
        [{"varId": 5, "value": 1}],
        [{"varId": 2, "value": 1}],
    ]


def test_action_when_it_raises_then_the_sender_is_told_where_and_the_rest_goes_on(peer: Peer) -> None:
    """A Lua error has its code and position; what changed before it is told, and later messages are carried out."""
    peer.show(5, "count")
    peer.say(
        ("create", {"id": 6, "parentId": 1, "properties": {"path": "fail()", "access": "action"}}),
        ("update", {"varId": 6, "value": None}),
        ("update", {"varId": 99, "value": 1}),
    )
    said = peer.hear()
    errors = {each["data"]["varId"]: each["data"]["code"] for each in said if each["type"] == "error"}
    assert errors == {6: "lua-error", 99: "not-found"}
    assert "boom" in next(each["data"]["description"] for each in said if each["data"].get("code") == "lua-error")
    assert {"type": "update", "data": {"varId": 5, "value": 10}} in said


def test_error_when_it_comes_and_goes_between_frames_then_is_not_told(app: Session, peer: Peer) -> None:
    """What a peer reads last is how it is: a value behind which no error stands."""
    peer.show(2, "child.x")
    for code in ("app.child = { x = 1 }", "app.child = nil", "app.child = { x = 2 }"):
        app.execute(code)
    assert peer.hear() == [{"type": "update", "data": {"varId": 2, "value": 2}}]
    app.execute("app.child = nil")
    assert [said["type"] for said in peer.hear()] == ["update", "error"]


def test_error_when_its_variable_has_a_priority_then_comes_behind_the_value(app: Session, peer: Peer) -> None:
    """An update behind the error would say that it is over."""
    said = peer.show(2, "child.x", priority="low")
    assert [each["type"] for each in said] == ["update", "error"]


def test_priorities_when_names_have_suffixes_then_messages_are_ordered(app: Session, peer: Peer) -> None:
    """`:high`, `:med`, `:low` order what is told; none is medium (P1, VP4)."""
    for id, priority in [(2, "low"), (3, "high"), (4, "med"), (5, "")]:
        peer.show(id, "count", **({"priority": priority} if priority else {}))
    app.execute("app.count = 7")
    assert [said["data"]["varId"] for said in peer.hear()] == [3, 4, 5, 2]


def test_destroy_when_the_host_destroys_many_then_the_notices_are_one_frame(app: Session, peer: Peer) -> None:
    """Destroy notices ride in one frame, with what else there is to tell (R112, R113, R114, VP12, VP13)."""
    app.execute("ids = {} for i = 1, 20 do ids[i] = session:createVariable(1, session:create(Item)) end")
    peer.say(("watch", {"varId": 1}))
    created = [said["data"]["id"] for said in peer.hear() if said["type"] == "create"]
    assert created == list(range(-1, -21, -1))
    peer.say(*[("watch", {"varId": id}) for id in created])
    peer.hear()
    app.execute("for _, id in ipairs(ids) do session:destroyVariable(id) end")
    assert sorted(said["data"]["varId"] for said in peer.hear()) == sorted(created)
    assert peer.connection.take() is None


def test_destroy_when_a_peer_destroys_what_is_not_its_own_then_it_may_not(peer: Peer) -> None:
    """The root and the host's variables are not a peer's to take away."""
    peer.say(("destroy", {"varId": 1}))
    (error,) = peer.hear()
    assert (error["data"]["varId"], error["data"]["code"]) == (1, "access")


def test_get_when_objects_are_asked_for_then_the_asker_alone_is_answered(app: Session, peer: Peer) -> None:
    """`get` and `getObjects` are answered, to whoever asked."""
    other = Peer(app)
    peer.show(2, "title")
    peer.say(("get", {"varIds": [2, 1, 2]}))
    (got,) = peer.hear()
    assert [each["id"] for each in got["data"]["variables"]] == [2, 1]
    number = got["data"]["variables"][1]["value"]["obj"]
    peer.say(("getObjects", {"objIds": [number]}))
    (objects,) = peer.hear()
    assert objects["data"]["objects"][0]["value"].keys() == {"items"}
    assert other.hear() == []


def test_close_when_a_peer_goes_then_its_variables_go_and_others_stay(
    app: Session, peer: Peer, wait_until: Any
) -> None:
    """Watches and own variables of a connection go with it (BD2)."""
    other = Peer(app)
    other.show(2, "count")
    peer.show(2, "count")
    peer.connection.close()
    wait_until(lambda: len(app.variables()) == 2)
    app.execute("app.count = 5")
    assert [said["data"]["value"] for said in other.hear()] == [5]
    assert peer.hear() == []


def test_reload_when_a_file_is_saved_then_watchers_are_told(start_site: Any) -> None:
    """A reload's changes go to whoever watches."""
    live = start_site({"lua/main.lua": APP})
    peer = Peer(live.session)
    peer.show(2, "title")
    live.save_well({"lua/main.lua": APP.replace('title = "t"', 'title = "new"')})
    assert [said["data"]["value"] for said in peer.hear()] == ["new"]


def test_timer_when_it_changes_something_then_watchers_are_told(
    app: Session, peer: Peer, clock: Any, wait_until: Any
) -> None:
    """A change that no peer asked for is told, too."""
    peer.show(2, "count")
    app.execute("session:setTimeout(function() app:add() end, 1000)")
    clock.advance(2.0)
    heard: list[dict[str, Any]] = []
    wait_until(lambda: heard.extend(peer.hear()) or heard)
    assert heard == [{"type": "update", "data": {"varId": 2, "value": 1}}]


def test_changes_when_nobody_is_connected_then_the_first_peer_is_told_how_things_are(app: Session) -> None:
    """A session without peers tells nobody, and is none the worse for it; who comes sees it as it is (S20, S21)."""
    app.execute("app.count = 4 session:createVariable(1, app)")
    assert (len(app.connections), app.connections.all()) == (0, [])
    peer = Peer(app)
    assert peer.connection.take() is None
    assert peer.show(2, "count")[-1]["data"]["value"] == 4


def test_changes_when_somebody_listens_then_the_host_tells_of_each_turn(host: Host, app: Session) -> None:
    """`host.on("changes", …)` hears what peers are told, and may call in again."""
    told: list[Changes] = []
    again: list[Any] = []
    host.on("changes", lambda changes: (told.append(changes), again.append(app.get("app.count"))))
    Peer(app).show(2, "count")
    app.execute("app.count = 3")
    assert [told[-1].session, told[-1].entries[0][1:6], again[-1]] == ["1", ["update", 2, "c1:2", True, 3], 3]


def test_error_when_a_peer_reports_one_then_it_is_logged(app: Session, peer: Peer, logged: list[LogLine]) -> None:
    """What went wrong at a peer is a line in the log."""
    peer.say(("error", {"varId": 1, "code": "x", "description": "no such element"}))
    assert [(line.level, "no such element" in line.message) for line in logged] == [("warn", True)]


def test_code_when_a_peer_sends_some_then_it_is_refused(app: Session, peer: Peer) -> None:
    """The property `lua` needs a grant."""
    peer.say(("update", {"varId": 1, "properties": {"lua": "app.count = 99"}}))
    assert [said["data"]["code"] for said in peer.hear() if said["type"] == "error"] == ["unauthorized"]
    assert app.get("app.count") == 0


def test_session_when_it_is_closed_then_peers_are_told_that_it_is_gone(app: Session, peer: Peer) -> None:
    """The last frame says so; what a peer says then is answered so, too."""
    app.close()
    assert [said["data"]["code"] for said in peer.hear()] == ["gone"]
    assert peer.connection.is_closed


def test_disconnect_when_it_fails_then_the_host_is_told(
    app: Session, peer: Peer, reported: list[GuestError], wait_until: Any
) -> None:
    """Closing a connection of a session that is closed meanwhile is nothing."""
    app.close()
    peer.connection.close()
    assert reported == []


def test_connect_when_the_session_has_as_many_as_it_may_then_raises(host: Host) -> None:
    """A session may have its own bound; 100 is that of all."""
    session = host.create_session(settings={"max_connections": 1})
    first = session.connect(lambda urgent: None)
    with pytest.raises(TooManyConnections, match="max_connections"):
        session.connect(lambda urgent: None)
    first.close()
    session.connect(lambda urgent: None)
    other = host.create_session()
    for _ in range(100):
        other.connect(lambda urgent: None)
    with pytest.raises(TooManyConnections, match="100 connections"):
        other.connect(lambda urgent: None)


def test_connect_when_no_bound_is_set_then_there_may_be_any_number(host: Host) -> None:
    """0 is no limit."""
    session = host.create_session(settings={"max_connections": 0})
    for _ in range(150):
        session.connect(lambda urgent: None)
    assert len(session.connections) == 150
