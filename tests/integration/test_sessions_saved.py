"""When a session is saved: as it goes, when it ends, when it is asked to; and when the database is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lasting import OTHER, LastingSite

from luahost import LuaHostError, NotStorable, SessionClosed, StorageError
from luahost.records.keeper import SessionLost
from luahost.records.rounds import EXPIRE_S, RENEW_S
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Acquired, Busy
from luahost.testing.fake_clock import FakeClock
from luahost.testing.faulty_storage import FaultyStorage

WaitUntil = Callable[..., None]

LOOK_S = 0.25


@pytest.fixture
def site(tmp_path: Path, clock: FakeClock, storage: FaultyStorage) -> Iterator[LastingSite]:
    """Returns a site whose host has this clock and storage, with one session."""
    site = LastingSite(tmp_path, clock=clock, storage=storage)
    yield site
    storage.away = False
    site.close()


@pytest.fixture
def pass_time(clock: FakeClock, site: LastingSite, wait_until: WaitUntil) -> Callable[[float], None]:
    """Returns a function that lets time pass in small steps, each of which the host sees."""

    def pass_time(seconds: float) -> None:
        for _ in range(round(seconds / LOOK_S)):
            clock.advance(LOOK_S)
            due = site.host._services.schedule._due[("records", "autosave")][0]
            wait_until(
                lambda due=due: site.host._services.schedule._due.get(("records", "autosave"), (due,))[0] > clock.now(),
                "the look",
            )

    return pass_time


def test_autosave_when_quiet_for_a_second_then_is_saved(
    site: LastingSite, pass_time: Callable[[float], None], wait_until: WaitUntil
) -> None:
    """A change is saved when a second has passed (LS-17), and not before."""
    site.session.execute("app.n = 1")
    pass_time(0.75)
    assert site.stored_rev() == 0
    pass_time(0.75)
    wait_until(lambda: site.stored_rev() == 1)


def test_autosave_when_never_quiet_then_is_saved_after_five_seconds(
    site: LastingSite, pass_time: Callable[[float], None], wait_until: WaitUntil
) -> None:
    """A session that always has something to do is saved all the same."""
    for n in range(22):
        site.session.execute(f"app.n = {n}")
        pass_time(LOOK_S)
    wait_until(lambda: site.stored_rev() == 1)


def test_autosave_when_nothing_changed_then_nothing_is_written(
    site: LastingSite, pass_time: Callable[[float], None], storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """Turns that change nothing cost a snapshot, and no write (LT-save-2)."""
    site.session.execute("app.n = 1")
    site.session.save()
    before = storage.calls.count("commit")
    for _ in range(3):
        site.session.eval("return app.n")
        pass_time(1.5)
    site.session.save()
    assert storage.calls.count("commit") == before


def test_autosave_when_the_site_does_not_ask_then_is_not_made(tmp_path: Path) -> None:
    """A session that never asked for what was saved is not written, not even when it ends."""
    site = LastingSite(tmp_path, {"lua/main.lua": "app = {} session:createAppVariable(app)"})
    site.session.save()
    site.close()
    assert list(site.storage.scan("sessions")) == []


def test_save_when_asked_then_is_durable_when_it_returns(site: LastingSite) -> None:
    """`save()` returns when a commit that has all until now is durable."""
    site.session.execute("app.n = 1")
    site.session.save()
    assert site.stored_rev() == 1


def test_save_when_asked_within_a_turn_then_is_done_behind_it(site: LastingSite, wait_until: WaitUntil) -> None:
    """What can only be done between turns is done at the turn's end, and has all that the turn did."""

    def work(session: Any) -> None:
        session.save()
        session.execute("app.n = 7")
        assert site.stored_rev() == 0

    site.session.run(work)
    wait_until(lambda: site.stored_rev() == 1)
    assert site.restart().eval("return app.n") == 7


def test_save_when_refused_then_says_why_and_the_session_goes_on(site: LastingSite) -> None:
    """What can't be stored is the caller's to know; the session lives, and is saved when it can be."""
    refused = site.listen("save_failed")
    site.session.execute("app.f = print")
    for _ in range(2):
        with pytest.raises(NotStorable, match=r"app\.f"):
            site.session.save()
    site.session.execute("app.f = nil")
    site.session.save()
    assert site.stored_rev() == 1
    assert refused == []


def test_autosave_when_refused_then_is_told_once(
    site: LastingSite, pass_time: Callable[[float], None], wait_until: WaitUntil
) -> None:
    """An error that comes at every save is told once."""
    refused = site.listen("save_failed")
    for n in range(3):
        site.session.execute(f"app.n, app.f = {n}, print")
        pass_time(1.5)
    wait_until(lambda: refused)
    assert len(refused) == 1


def test_close_when_the_session_changed_then_is_saved_and_its_lease_let_go(site: LastingSite) -> None:
    """The end of a session is a save (LT-close-3), with what `onClose` hooks did; its lease is free (LT-close-1,
    LT-unload-5, LT-probeLockActive-3).
    """
    site.session.execute("session:onClose(function() app.closed = true end)")
    assert site.restart().eval("return app.closed") is True
    site.session.close()
    site.close()
    assert not site.is_held(site.session.key)


def test_close_when_the_session_comes_back_at_once_then_has_its_last_save(site: LastingSite) -> None:
    """A session that is closed and asked for in the same moment loses nothing (LS-19)."""
    for n in range(5):
        site.session.execute(f"app.n = {n}")
        site.session.close()
        back = site.host.open_session(site.session.key)
        assert back is not None
        assert back.eval("return app.n") == n
        site.session = back


def test_create_when_loading_fails_then_nothing_is_saved_and_the_lease_is_let_go(site: LastingSite) -> None:
    """A session that could not be loaded leaves what is stored as it is."""
    site.session.execute("app.n = 1")
    with pytest.raises(Exception, match="half way"):
        site.restart(
            {"lua/main.lua": "app = session:restore() app.n = 2 session:createAppVariable(app) error('half way')"}
        )
    assert site.stored_rev() == 1
    site.restart({"lua/main.lua": "app = session:restore() session:createAppVariable(app)"})
    assert site.session.eval("return app.n") == 1


def test_get_when_many_ask_for_a_saved_session_then_all_get_the_same(site: LastingSite) -> None:
    """Whoever asks while it comes back waits for it (BB-session_merge-19): there is one, and no lock is left."""
    site.session.close()
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(site.host.open_session(site.session.key))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert len(site.host._records._locks) == 0  # type: ignore[union-attr]


def test_create_when_the_key_can_not_name_a_file_then_is_refused(site: LastingSite) -> None:
    """A key that leads out of a folder is none (BB-jsonl-1)."""
    for key in ("../x", "a/b", "", "x" * 65, "a\0", "ä", "*"):
        with pytest.raises(StorageError, match="key"):
            site.host._services.keeper.saved(key)  # type: ignore[union-attr]


def test_get_when_nothing_is_saved_under_a_key_then_is_none(site: LastingSite) -> None:
    """An unknown key makes no session (TS-both-10)."""
    assert site.host.open_session("0" * 32) is None


def test_get_when_another_host_does_not_let_go_then_is_refused_in_time(
    site: LastingSite, wait_until: WaitUntil
) -> None:
    """Who waits for a session that is alive elsewhere is refused when `wait_s` is over (LL-14)."""
    site.restart(wait_s=0.2)
    key = site.session.key
    site.session.save()
    site.session.close()
    wait_until(lambda: not site.is_held(key))
    site.take_lease(key)
    began_s = time.monotonic()
    with pytest.raises(LuaHostError, match="alive in another host"):
        site.host.open_session(key)
    assert 0.2 <= time.monotonic() - began_s < 5
    assert site.is_held(key)


def test_start_when_many_are_saved_then_no_vm_is_made(site: LastingSite) -> None:
    """Saved sessions come back when they are asked for, not when the host starts."""
    keys = [site.host.create_session().key for _ in range(20)]
    site.restart()
    assert [session.key for session in site.host.sessions] == [site.session.key]
    assert {head.key for head in site.host.saved_sessions()} >= set(keys)


def test_lost_when_another_owner_has_it_then_writes_are_refused_and_the_session_is_dropped(
    site: LastingSite, wait_until: WaitUntil
) -> None:
    """A host that was paused past its lease says so once, keeps what it had in a file, and drops the session."""
    lost: list[SessionLost] = site.listen("session_lost")
    site.session.execute("app.n = 1")
    site.session.save()
    site.take_lease(site.session.key)
    site.session.execute("app.n = 2")
    with pytest.raises(Exception, match="another owner"):
        site.session.save()
    wait_until(lambda: site.session.is_closed)
    assert [one.key for one in lost] == [site.session.key]
    assert Path(lost[0].salvage).is_file()
    assert site.stored_rev() == 1
    with pytest.raises(SessionClosed):
        site.session.eval("return 1")


def test_lost_when_found_at_the_renewal_then_is_told_once_too(
    site: LastingSite, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """The renewal finds it before any save does, and tells it once (LL-11)."""
    lost = site.listen("session_lost")
    site.session.save()
    site.take_lease(site.session.key)
    clock.advance(RENEW_S)
    wait_until(lambda: site.session.is_closed)
    assert len(lost) == 1


def test_renew_when_the_database_is_away_then_the_session_is_kept(
    site: LastingSite, clock: FakeClock, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """A renewal that fails gives nothing up: the fence decides, as long as nobody took over (LL-13, changed)."""
    lost = site.listen("session_lost")
    site.session.save()
    before, storage.away = storage.calls.count("renew"), True
    clock.advance(RENEW_S)
    wait_until(lambda: storage.calls.count("renew") > before)
    storage.away = False
    site.session.execute("app.n = 3")
    site.session.save()
    assert (site.stored_rev(), lost) == (2, [])


def test_wanted_when_another_host_asks_then_the_session_is_handed_over(
    site: LastingSite, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Who asks gets the session with its last state, when its owner renews its leases."""
    site.session.execute("app.n = 1")
    site.session.save()
    site.storage.acquire("sessions", site.session.key, OTHER, 15, "ask")
    site.session.execute("app.n = 2")
    clock.advance(RENEW_S)
    wait_until(lambda: isinstance(site.storage.acquire("sessions", site.session.key, OTHER, 15), Acquired))
    assert site.stored_rev() == 2


def test_wanted_when_somebody_sits_at_it_then_the_session_stays(
    site: LastingSite, clock: FakeClock, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """A second `luahost run` doesn't take the session from under the prompt of the first."""
    site.session.is_held = True
    site.session.save()
    site.storage.acquire("sessions", site.session.key, OTHER, 15, "ask")
    for _ in range(2):
        before = storage.calls.count("renew")
        clock.advance(RENEW_S)
        wait_until(lambda before=before: storage.calls.count("renew") > before)
    assert site.session.eval("return app ~= nil") is True
    assert isinstance(site.storage.acquire("sessions", site.session.key, OTHER, 15), Busy)


def test_save_when_one_is_running_then_the_next_has_the_newest_state(
    site: LastingSite, storage: FaultyStorage, wait_until: WaitUntil
) -> None:
    """One save runs and one waits; what comes meanwhile joins the one that waits."""
    site.session.save()
    before, go_on = storage.calls.count("commit"), threading.Event()
    storage.before_commit = lambda _writes: go_on.wait(10) and None
    done: list[None] = []
    for n in range(5):
        site.session.execute(f"app.n = {n}")
        site.session.run(lambda session: site.host._services.keeper.save(session, done.append))  # type: ignore[union-attr]
    go_on.set()
    wait_until(lambda: len(done) == 5)
    assert storage.calls.count("commit") == before + 2
    assert site.restart().eval("return app.n") == 4


def test_idle_when_nobody_uses_a_session_then_it_leaves_memory_and_comes_back(
    site: LastingSite, pass_time: Callable[[float], None], wait_until: WaitUntil
) -> None:
    """Idle sessions are purged from memory (TS-both-6). Idle is not expired (TS-2690d1fc-2): the VM goes, the record
    stays.
    """
    site.restart(idle_after_s=3)
    site.session.execute("app.n = 1")
    connected, held = site.host.create_session(), site.host.create_session()
    connected.connections.connect(lambda *_: None)
    held.is_held = True
    busy = site.host.create_session()
    busy.execute("session:setInterval(function() end, 100000)")
    pass_time(6)
    wait_until(lambda: site.session.is_closed)
    assert [one.is_closed for one in (connected, held, busy)] == [False, False, False]
    back = site.host.open_session(site.session.key)
    assert back is not None
    assert back.eval("return app.n") == 1


def test_expiry_when_a_record_is_not_used_for_long_then_is_deleted(
    tmp_path: Path, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Records that nobody uses are deleted (TS-2690d1fc-2); such as are alive are not."""
    wall = [1000.0]
    storage = MemoryStorage(now=lambda: wall[0])
    site = LastingSite(tmp_path, storage=storage, clock=clock, expire_after_s=3600)
    gone = site.host.create_session()
    gone.close()
    site.session.save()
    wait_until(lambda: storage.holder("sessions", gone.key) is None)
    site.host._records.rounds._wall = lambda: wall[0] + 4000  # type: ignore[union-attr]
    clock.advance(EXPIRE_S)
    wait_until(lambda: storage.read("sessions", gone.key) is None)
    assert storage.read("sessions", site.session.key) is not None
    site.close()
