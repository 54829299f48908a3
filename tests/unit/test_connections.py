"""The connections of a session: frames in, frames out, ids of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from fake_guest import TYPES, FakeGuest

from luahost.errors import LimitExceeded, LuaError, SessionBusy, SessionClosed, TooManyConnections
from luahost.protocol.connection import Connection
from luahost.protocol.outgoing import MOST_REPLIES
from luahost.protocol.wire import MOST_MESSAGES


class Peer:
    """The other end of a connection: speaks JSON or msgpack, and keeps when it was told that a frame is ready."""

    def __init__(self, guest: FakeGuest) -> None:
        self.ready: list[bool] = []
        self.connection: Connection = guest.connections.connect(self.ready.append)

    def say(self, type: str, **data: Any) -> None:
        """Sends one message."""
        self.connection.receive(json.dumps({"type": type, "data": data}))

    def hear(self) -> list[dict[str, Any]]:
        """Returns the messages of the next frame; none if there is none."""
        frame = self.connection.take()
        if frame is None:
            return []
        said = json.loads(frame) if isinstance(frame, str) else msgpack.unpackb(frame)
        return said if isinstance(said, list) else [said]

    def errors(self) -> list[tuple[int, str]]:
        """Returns variable and code of each error in the next frame."""
        return [(said["data"]["varId"], said["data"]["code"]) for said in self.hear() if said["type"] == "error"]


@pytest.fixture
def guest() -> FakeGuest:
    """Returns a session without peers."""
    return FakeGuest()


@pytest.fixture
def connect(guest: FakeGuest) -> Callable[[], Peer]:
    """Returns a function that connects one more peer."""
    return lambda: Peer(guest)


def test_receive_when_a_message_comes_then_the_session_is_asked(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """A frame is parsed and carried to the session as one batch (BD4)."""
    connect().connection.receive(
        json.dumps(
            [
                {
                    "type": "create",
                    "data": {"id": 17, "parentId": 1, "value": None, "properties": {"path": "a", "b": None}},
                },
                {"type": "watch", "data": {"varId": -3}},
            ]
        )
    )
    properties = {"path": "a", "b": ""}
    create = {"type": "create", "id": "c1:17", "parent": 1, "nowatch": False, "unbound": False, "valued": True}
    asked = [{**create, "value": None, "properties": properties}, {"type": "watch", "id": -3}]
    assert guest.asked == [(1, asked)]


def test_ids_when_two_peers_count_alike_then_they_mean_their_own(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """Each peer counts from 2, and is told of its own under its own numbers (R43, R46, R47, R48)."""
    ann, bob = connect(), connect()
    ann.say("watch", varId=17)
    bob.say("watch", varId=17)
    assert [batch[0]["id"] for _, batch in guest.asked] == ["c1:17", "c2:17"]
    guest.tell([[2], "update", 2, "c2:17", True, "x", None])
    assert [ann.hear()[-1]["data"].get("value"), bob.hear()[-1]["data"]] == [
        None,
        {
            "varId": 17,
            "value": "x",
        },
    ]


def test_ids_when_they_are_the_hosts_or_the_root_then_all_share_them(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """1 is the root and negative ones are the host's, to everybody (R44, R45)."""
    ann, bob = connect(), connect()
    guest.tell([[1, 2], "create", 2, {"id": -1, "parentId": 1, "value": {"obj": 3}, "properties": {}}])
    created = {"type": "create", "data": {"id": -1, "parentId": 1, "value": {"obj": 3}, "properties": {}}}
    assert ann.hear() == bob.hear() == [created]


def test_ids_when_another_connections_would_be_told_then_it_is_left_out(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """A variable that has no name on this wire is not told of."""
    ann = connect()
    guest.tell([[1], "update", 2, "c2:5", True, 1, None], [[1], "destroy", 2, {"varId": "c2:5"}])
    assert (ann.hear(), ann.ready) == ([], [])


def test_update_when_one_writes_then_the_others_hear_and_the_writer_does_not(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """Every watcher is told once, in its own queue (B4, VP6)."""
    peers = [connect() for _ in range(4)]
    for peer in peers:
        peer.say("watch", varId=1)
        peer.hear()
    peers[0].say("update", varId=1, value=5)
    heard = [peer.hear() for peer in peers]
    assert heard == [[], *[[{"type": "update", "data": {"varId": 1, "value": 5}}]] * 3]


def test_watch_when_it_comes_then_it_is_answered_at_once(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """The root's value goes to whoever connects and watches it (BD1, BD3, VP8)."""
    peer = connect()
    peer.say("watch", varId=1)
    assert peer.ready == [False]
    assert peer.hear() == [{"type": "update", "data": {"varId": 1, "value": None}}]


def test_take_when_the_peer_speaks_msgpack_then_it_gets_msgpack(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """A connection gets what it speaks."""
    peer = connect()
    peer.connection.receive(msgpack.packb({"type": "watch", "data": {"varId": 1}}))
    assert isinstance(peer.connection.take(), bytes)
    peer.say("watch", varId=1)
    assert isinstance(peer.connection.take(), str)


def test_receive_when_a_user_waits_then_everybody_is_told_at_once(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """What a user event brings is urgent for all who are concerned, and for nobody else (B2)."""
    ann, bob, cid = connect(), connect(), connect()
    bob.say("watch", varId=1)
    bob.ready.clear()
    message = {"type": "update", "data": {"varId": 1, "value": 5}}
    ann.connection.receive(json.dumps({"userEvent": True, "messages": [message]}))
    assert (ann.ready, bob.ready, cid.ready) == ([], [False, True], [])


@pytest.mark.parametrize("count", [MOST_MESSAGES, MOST_MESSAGES + 1])
def test_receive_when_a_frame_is_full_of_nonsense_then_one_error_is_ready_once(
    guest: FakeGuest, connect: Callable[[], Peer], count: int
) -> None:
    """However many bad messages a frame holds, the peer is told once; of too many none is read."""
    peer = connect()
    peer.connection.receive(json.dumps([0] * count))
    assert (peer.ready, peer.errors(), guest.asked) == ([False], [(0, "bad-message")], [])


def test_poll_when_it_is_in_a_batch_then_what_the_batch_brings_is_in_the_answer(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """A poll asks for all that is pending when the others of its batch have been carried out."""
    peer = connect()
    peer.connection.receive('[{"type":"poll","data":{}},{"type":"watch","data":{"varId":1}}]')
    assert peer.ready == [False, True]
    assert [said["type"] for said in peer.hear()] == ["update"]


def test_poll_when_nothing_is_pending_then_an_empty_frame_says_so(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """A poll is answered at once, with nothing if there is nothing; one that would rather wait is not."""
    peer = connect()
    peer.say("poll")
    assert (peer.ready, peer.connection.take(), peer.connection.take()) == ([True], "[]", None)
    peer.say("poll", wait="10s")
    assert (peer.ready, peer.connection.take(), guest.asked) == ([True], None, [])


@pytest.mark.parametrize("frame", ["{", "[" * 10_000, b"\xff", '{"type":"fly"}', "5", '{"messages":[]}'])
def test_receive_when_a_frame_is_nonsense_then_the_peer_is_told_and_nothing_else_happens(
    guest: FakeGuest, connect: Callable[[], Peer], frame: str | bytes
) -> None:
    """Hostile input is answered with bad-message; the session hears nothing of it."""
    peer = connect()
    peer.connection.receive(frame)
    assert (peer.errors(), guest.asked) == ([(0, "bad-message")], [])


@pytest.mark.parametrize(
    ("type", "data", "variable"),
    [
        ("create", {"id": 1, "parentId": 1}, 1),
        ("create", {"id": -1, "parentId": 1}, -1),
        ("create", {"id": 0, "parentId": 1}, 0),
        ("create", {"id": 5, "parentId": 0}, 0),
        ("watch", {"varId": 0}, 0),
        ("watch", {"varId": 2**53}, 0),
        ("watch", {"varId": 2.5}, 0),
    ],
)
def test_receive_when_an_id_cannot_be_meant_then_it_is_bad(
    guest: FakeGuest, connect: Callable[[], Peer], type: str, data: dict[str, Any], variable: int
) -> None:
    """Ids that a peer may not choose, or that name nothing, are bad messages (R43)."""
    peer = connect()
    peer.say(type, **data)
    assert (peer.errors(), guest.asked) == ([(variable, "bad-message")], [])


def test_receive_when_a_frame_is_too_long_then_it_is_not_read() -> None:
    """A frame longer than the settings allow is bad, whatever is in it."""
    guest = FakeGuest(most_bytes=100)
    peer = Peer(guest)
    peer.say("error", varId=1, code="x", description="y" * 100)
    assert (peer.errors(), guest.asked) == ([(0, "bad-message")], [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SessionClosed("closed"), "gone"),
        (SessionBusy("busy"), "limit"),
        (LimitExceeded("too long"), "limit"),
        (LuaError("boom"), "lua-error"),
    ],
)
def test_receive_when_the_turn_fails_then_the_peer_is_told_why(
    guest: FakeGuest, connect: Callable[[], Peer], error: Any, code: str
) -> None:
    """An error of the whole turn goes to the sender, and nobody is raised at."""
    peer = connect()
    guest.raises = error
    peer.say("watch", varId=1)
    assert peer.errors() == [(0, code)]


def test_is_full_when_a_peer_asks_and_never_reads_then_it_is_not_listened_to(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """The queue of a peer that never reads has an end, and reading makes room."""
    peer = connect()
    guest.tell(*[[[1], "get", 2, {"variables": []}] for _ in range(2 * MOST_REPLIES)])
    assert peer.connection.is_full
    peer.hear()
    assert not peer.connection.is_full


def test_answers_when_variables_are_asked_for_then_they_have_the_peers_ids(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """Answers and errors go to the asker, with the ids that it knows."""
    peer = connect()
    variables = [{"id": "c1:7", "value": 1, "properties": []}, {"id": 1, "value": None, "properties": {"a": "b"}}]
    guest.tell(
        [[1], "get", 2, {"variables": variables}],
        [[1], "getObjects", 2, {"objects": [{"obj": 4, "value": {"name": "Ann"}}]}],
        [[1], "error", 2, {"varId": "c1:7", "code": "access", "description": "no"}],
    )
    got, objects, error = peer.hear()
    assert [each["id"] for each in got["data"]["variables"]] == [7, 1]
    assert got["data"]["variables"][0]["properties"] == {}
    assert objects["data"]["objects"] == [{"obj": 4, "value": {"name": "Ann"}}]
    assert error["data"]["varId"] == 7


def test_distribute_when_a_text_is_not_utf_8_then_the_frame_still_is(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """Bytes of the guest that are no text are shown as such, and break no frame."""
    peer = connect()
    guest.connections.distribute(b"\x91\x97\x91\x01\xa6update\x02\x01\xc3\xa2\xff\xfe\xc0")
    assert peer.hear()[0]["data"]["value"] == "\ufffd\ufffd"


def test_frame_when_many_changes_come_then_they_are_one_list(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """Several messages go as one list, one frame a connection (R39, R40, R41, R42)."""
    ann, bob = connect(), connect()
    guest.tell(*[[[1, 2], "update", 2, -id, True, id, None] for id in range(1, 5)])
    assert [len(ann.hear()), ann.hear(), len(bob.hear()), bob.hear()] == [4, [], 4, []]


def test_frame_when_taken_amid_changes_then_is_whole(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """The destroy notices of a turn are one frame, whenever that is sent (R112, R114)."""
    peer, frames = connect(), []
    teller = threading.Thread(target=guest.tell, args=[[[1], "destroy", 2, {"varId": -n}] for n in range(1, 30_000)])
    teller.start()
    while teller.is_alive() or not frames:
        frames += [len(said)] if (said := peer.hear()) else []
    assert frames == [29_999]


def test_frame_when_a_type_appears_then_its_definitions_are_ahead_of_all(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """The definitions of a type come once, on variable 1, before a destroy notice and the urgent updates."""
    peer = connect()
    guest.tell([[1], "destroy", 2, {"varId": -5}], [[1], "update", 1, -1, False, None, {"type": "Contact"}])
    first, *_ = peer.hear()
    assert first["data"]["varId"] == 1
    assert json.loads(first["data"]["properties"]["viewdefs"]) == TYPES["Contact"]
    guest.tell([[1], "update", 1, -2, False, None, {"type": "Contact"}])
    assert [said["data"]["varId"] for said in peer.hear()] == [-2]


def test_close_when_a_peer_goes_then_the_session_is_told_once(guest: FakeGuest, connect: Callable[[], Peer]) -> None:
    """A connection that goes is taken out; the others stay, and may come again (S7, S14, BD2)."""
    ann, bob = connect(), connect()
    assert [connection.number for connection in guest.connections.all()] == [1, 2]
    ann.connection.close()
    ann.connection.close()
    guest.tell([[1, 2], "update", 2, 1, True, 1, None])
    assert (len(guest.connections), guest.disconnected, ann.hear(), len(bob.hear())) == (1, [1], [], 1)
    assert connect().connection.number == 3


def test_close_when_the_session_ends_then_every_peer_is_told_that_it_is_gone(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """The last frame says so, at once; nobody can connect any more."""
    peer = connect()
    guest.tell([[1], "update", 2, 1, True, 1, None])
    guest.connections.close()
    assert (peer.connection.is_closed, peer.ready[-1], peer.errors()) == (True, True, [(0, "gone")])
    with pytest.raises(SessionClosed):
        connect()


def test_connect_when_there_are_as_many_as_may_be_then_it_is_refused_until_one_goes() -> None:
    """One more leaves nothing behind, no number and no sign of life; who goes makes room."""
    guest = FakeGuest(most=2)
    first, _ = Peer(guest), Peer(guest)
    guest.now_s = 5.0
    with pytest.raises(TooManyConnections, match=r"has 2 connections already \(setting max_connections\)"):
        Peer(guest)
    assert (len(guest.connections), guest.connections.last_traffic_s) == (2, 0.0)
    first.connection.close()
    assert Peer(guest).connection.number == 3


def test_connect_when_a_session_with_enough_has_ended_then_it_is_gone_rather_than_full() -> None:
    """Whoever is refused for want of room may come again; here it makes no sense."""
    guest = FakeGuest(most=1)
    Peer(guest)
    guest.connections.close()
    with pytest.raises(SessionClosed):
        Peer(guest)


def test_connect_when_many_threads_come_at_once_then_no_more_than_may_be_get_in() -> None:
    """The bound holds whoever comes at the same time."""
    guest, refused = FakeGuest(most=7), []

    def come() -> None:
        for _ in range(20):
            try:
                Peer(guest)
            except TooManyConnections:
                refused.append(None)

    threads = [threading.Thread(target=come) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(guest.connections), len(refused)) == (7, 93)


def test_traffic_when_a_peer_comes_speaks_and_goes_then_it_is_noted(
    guest: FakeGuest, connect: Callable[[], Peer]
) -> None:
    """Each is a sign of life of the session (S12)."""
    stamps = []
    guest.now_s = 1.0
    peer = connect()
    for act in (lambda: None, lambda: peer.say("watch", varId=1), peer.connection.close):
        act()
        stamps.append(guest.connections.last_traffic_s)
        guest.now_s += 1.0
    assert stamps == [1.0, 2.0, 3.0]


def test_connections_when_many_threads_come_and_go_then_none_is_left(guest: FakeGuest) -> None:
    """Ten threads that connect, speak and leave a hundred times each leave nothing behind (S16)."""

    def come_and_go() -> None:
        for _ in range(100):
            peer = Peer(guest)
            peer.say("watch", varId=1)
            peer.connection.close()

    threads = [threading.Thread(target=come_and_go) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(guest.connections), sorted(guest.disconnected)) == (0, list(range(1, 1001)))
