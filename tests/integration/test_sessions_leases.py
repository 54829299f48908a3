"""A session's lease as its host has it: when it is held, when it is free, and what is left of attempts to have it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lasting import LastingSite

from luahost import Host, LuaError, LuaHostError, RecordLost, SessionClosed, Settings, StorageError
from luahost.records.keeper import SessionLost
from luahost.records.rounds import RENEW_S
from luahost.testing.fake_clock import FakeClock
from luahost.testing.faulty_storage import FaultyStorage

WaitUntil = Callable[..., None]

HANGING = 'app = session:restore() or {} session:createAppVariable(app) print("loading")'


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock, storage: FaultyStorage) -> Iterator[LastingSite]:
    """Returns a site whose host has this clock and storage, with one session that is saved."""
    site = LastingSite(tmp_path, clock=clock, storage=storage, wait_s=0.2)
    site.session.execute("app.n = 1")
    site.session.save()
    yield site
    storage.away, storage.leases_lost = False, 0
    site.close()


@pytest.fixture
def saved(site: LastingSite, wait_until: WaitUntil) -> str:
    """Returns the key of another session, which is saved and not alive."""
    return site.put_away("app.n = 7", wait_until)


def test_probe_when_a_session_is_alive_then_is_true_and_otherwise_false(
    site: LastingSite, saved: str, wait_until: WaitUntil
) -> None:
    """A lease is held while its session is loaded (LT-probeLockActive-1), and not otherwise (LT-probeLockActive-2)."""
    assert site.is_held(site.session.key)
    assert not site.is_held(saved)
    assert not site.is_held("never")
    back = site.host.open_session(saved)
    assert site.is_held(saved)
    assert back is not None
    back.close()
    wait_until(lambda: not site.is_held(saved))


def test_open_when_another_has_it_and_the_attempt_is_given_up_then_nothing_of_it_is_left(
    site: LastingSite, saved: str, wait_until: WaitUntil
) -> None:
    """An acquire that was given up leaves neither lease nor session (LL-15): when the other lets go, it is free."""
    site.take_lease(saved)
    with pytest.raises(LuaHostError, match="alive in another host"):
        site.host.open_session(saved)
    assert [session.key for session in site.host.sessions] == [site.session.key]
    assert [lease.key for lease in site.host._services.keeper.leases()] == [site.session.key]  # type: ignore[union-attr]
    site.storage.delete("sessions", saved, force=True)
    assert not site.is_held(saved)


def test_open_when_loading_fails_then_the_lease_is_let_go(site: LastingSite, saved: str, wait_until: WaitUntil) -> None:
    """Who could not load what it has the lease of doesn't keep it (LL-15)."""
    site.write({"lua/main.lua": "app = session:restore() error('half way')"})
    site.host.reload()
    with pytest.raises(LuaError, match="half way"):
        site.host.open_session(saved)
    wait_until(lambda: not site.is_held(saved))
    site.take_lease(saved, "fail")


def test_open_when_the_leases_answer_is_lost_then_is_asked_for_again(
    site: LastingSite, storage: FaultyStorage, saved: str
) -> None:
    """A lease that was given and not heard of is given to its owner once more."""
    storage.leases_lost = 1
    session = site.host.open_session(saved)
    assert session is not None
    session.execute("app.n = 8")
    session.save()


def test_open_when_the_answer_stays_lost_then_the_lease_is_let_go_at_the_next_renewal(
    site: LastingSite, storage: FaultyStorage, saved: str, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A lease that nobody here knows of is not renewed for ever: others are not locked out while this host lives."""
    storage.leases_lost = 1_000_000
    with pytest.raises(StorageError, match="lost on its way"):
        site.host.open_session(saved)
    assert site.is_held(saved)
    storage.leases_lost = 0
    clock.advance(RENEW_S)
    wait_until(lambda: not site.is_held(saved))
    assert site.is_held(site.session.key)
    site.take_lease(saved, "fail")


def test_lost_when_several_listen_then_all_are_told_but_who_has_gone(
    site: LastingSite, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """All callbacks of a lost lease are called (LL-17), and one that was unregistered is not (LL-16)."""
    told: list[tuple[str, SessionLost]] = []
    for name in ("first", "gone", "second"):
        subscription = site.host.on("session_lost", lambda lost, name=name: told.append((name, lost)))
        if name == "gone":
            subscription.close()
    site.take_lease(site.session.key)
    clock.advance(RENEW_S)
    wait_until(lambda: site.session.is_closed)
    assert [name for name, _ in told] == ["first", "second"]
    assert {lost.key for _, lost in told} == {site.session.key}


def test_renew_when_it_hangs_then_the_session_goes_on_until_another_has_it(
    site: LastingSite, storage: FaultyStorage, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A renewal that hangs past the lease closes nothing by itself (LS-20, LL-12, changed); when another owner has the
    session, its writes are refused, and it is closed.
    """
    hangs, go_on = threading.Event(), threading.Event()
    storage.before_renew = lambda: hangs.set() or (go_on.wait(10) and None)
    clock.advance(RENEW_S)
    assert hangs.wait(10)
    site.session.execute("app.n = 2")
    site.session.save()
    site.take_lease(site.session.key)
    site.session.execute("app.n = 3")
    with pytest.raises(RecordLost, match="another owner"):
        site.session.save()
    go_on.set()
    wait_until(lambda: site.session.is_closed)
    with pytest.raises(SessionClosed):
        site.session.execute("app.n = 4")


def test_open_when_the_lease_is_lost_while_loading_then_its_first_write_is_refused(
    site: LastingSite, saved: str, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """A lease that is taken while the session loads is found by the fence (LT-load-14, changed): what the new owner has
    is not touched, and the session is dropped.
    """
    site.write({"lua/main.lua": HANGING})
    site.host.on("log", lambda line: line.message == "loading" and site.take_lease(saved))
    session = site.host.open_session(saved)
    assert session is not None
    before = storage.read("sessions", saved)
    session.execute("app.n = 'late'")
    with pytest.raises(RecordLost):
        session.save()
    wait_until(lambda: session.is_closed)
    assert storage.read("sessions", saved) == before


def test_open_when_the_storage_is_away_then_fails_and_works_when_it_is_back(
    site: LastingSite, storage: FaultyStorage, saved: str
) -> None:
    """A load that can't be done is an error (LT-load-10), not a new session in the place of the saved one."""
    storage.away = True
    with pytest.raises(StorageError):
        site.host.open_session(saved)
    with pytest.raises(StorageError):
        site.host.create_session(saved)
    storage.away = False
    back = site.host.open_session(saved)
    assert back is not None
    assert back.eval("return app.n") == 7


def test_open_when_ten_keys_are_asked_for_at_once_then_all_come(site: LastingSite, wait_until: WaitUntil) -> None:
    """Ten sessions come back together, each with its own (LT-load-11)."""
    keys = []
    for n in range(10):
        session = site.host.create_session()
        session.execute(f"app.n = {n}")
        keys.append(session.key)
    site.restart()
    found: dict[int, object] = {}

    def load(n: int) -> None:
        session = site.host.open_session(keys[n])
        found[n] = session.eval("return app.n") if session is not None else None

    threads = [threading.Thread(target=load, args=(n,)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: n for n in range(10)}


def test_host_when_it_was_left_then_every_call_says_so(tmp_path: Path) -> None:
    """A host that was left loads nothing and has nothing (LT-load-4, LT-unload-4, LT-close-4)."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text("app = session:restore() or {} session:createAppVariable(app)")
    with Host(settings=Settings(site=str(tmp_path), store="sqlite:x.db"), watch=False) as host:
        session = host.create_session()
        session.save()
    assert host.sessions == []
    for call in (host.create_session, lambda: host.open_session(session.key), host.saved_sessions, session.save):
        with pytest.raises(LuaHostError, match=r"closed|not running"):
            call()
