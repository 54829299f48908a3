"""Sessions: who is alive, by id and by key."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from luahost import Host, LuaHostError, Session, Settings
from luahost.errors import SessionClosed


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Returns a host on an empty site."""
    with Host(tmp_path, watch=False) as host:
        yield host


def test_create_when_it_is_the_first_then_its_id_is_one(host: Host) -> None:
    """The first session is "1"; both lookups find the same object, the only one (S1, S3, TS-both-1)."""
    session = host.create_session()
    assert session.id == "1"
    assert host.get_session("1") is session is host.get_session(session.key)
    assert host.sessions == [session]


def test_create_when_there_are_many_then_ids_and_keys_differ(host: Host) -> None:
    """A hundred sessions have a hundred ids, and keys of 32 hex characters (S2, S15)."""
    sessions = [host.create_session() for _ in range(100)]
    assert [session.id for session in sessions] == [str(n) for n in range(1, 101)]
    assert len({session.key for session in sessions}) == 100
    assert all(re.fullmatch("[0-9a-f]{32}", session.key) for session in sessions)


def test_get_session_when_there_is_none_then_it_is_none(host: Host) -> None:
    """An unknown id or key is None (S4, S11)."""
    host.create_session()
    assert [host.get_session(name) for name in ("2", "", "f" * 32)] == [None] * 3


def test_guest_when_it_asks_for_its_id_then_it_is_the_vended_one(host: Host) -> None:
    """The guest and the host know a session by the same id and key (S11)."""
    session = host.create_session()
    assert session.eval("return session.id, session.key") == (session.id, session.key)


def test_close_when_a_session_ends_then_neither_lookup_finds_it(host: Host) -> None:
    """A closed session is found by nothing; its id is not given again while others live (S9, TS-both-2)."""
    first, second = host.create_session(), host.create_session()
    first.close()
    assert host.get_session("1") is None is host.get_session(first.key)
    assert host.sessions == [second]
    assert host.create_session().id == "3"


def test_close_when_it_was_the_last_then_ids_begin_anew(host: Host) -> None:
    """When no session is left, the next is "1" again (S10)."""
    for session in [host.create_session() for _ in range(3)]:
        session.close()
    assert host.create_session().id == "1"


def test_events_when_sessions_come_and_go_then_they_tell_the_id(host: Host) -> None:
    """Creation and closing are told with the session, once each (S13)."""
    seen: list[tuple[str, str]] = []
    host.on("session_created", lambda session: seen.append(("created", session.id)))
    host.on("session_closed", lambda session: seen.append(("closed", session.id)))
    session = host.create_session()
    session.close()
    session.close()
    assert seen == [("created", "1"), ("closed", "1")]


def test_create_when_ten_threads_do_it_then_there_are_ten(host: Host) -> None:
    """Ten threads make ten sessions, and close them, without a clash (S17)."""
    made: list[Session] = []
    threads = [threading.Thread(target=lambda: made.append(host.create_session())) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({session.id for session in made}) == len(host.sessions) == 10
    threads = [threading.Thread(target=session.close) for session in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert host.sessions == []


def test_create_when_the_key_is_given_then_it_is_the_sessions(host: Host) -> None:
    """A key may be given, but not that of a living session (TS-both-3)."""
    key = "ab" * 16
    session = host.create_session(key)
    assert (session.key, host.get_session(key)) == (key, session)
    with pytest.raises(LuaHostError, match=key):
        host.create_session(key)
    session.close()
    assert host.create_session(key).id == "1"


def test_create_when_there_are_as_many_as_may_be_then_it_is_refused(tmp_path: Path) -> None:
    """`max_sessions` bounds the living ones (TS-both-5)."""
    with Host(tmp_path, watch=False, settings=Settings(max_sessions=2)) as host:
        first = host.create_session()
        host.create_session()
        with pytest.raises(LuaHostError, match="max_sessions"):
            host.create_session()
        first.close()
        host.create_session()


def test_closed_session_when_it_is_called_then_it_is_an_error_at_once(host: Host) -> None:
    """Everything but `close` and what is known without a turn raises SessionClosed."""
    session = host.create_session()
    session.close()
    for call in (
        lambda: session.call("app:x"),
        lambda: session.get("app.x"),
        lambda: session.set("app.x", 1),
        lambda: session.eval("return 1"),
        lambda: session.execute("x = 1"),
        lambda: session.require("x"),
        lambda: session.run(lambda _: 1),
        lambda: session.is_loaded("lua/main.lua"),
        session.describe,
    ):
        with pytest.raises(SessionClosed):
            call()
    assert (session.is_closed, session.generation, "Session 1" in repr(session)) == (True, 0, True)
