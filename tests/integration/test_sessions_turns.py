"""Sessions: turns that nest, wait, overlap with others' and end in every way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost import Host, LuaError, Session, SessionBusy, Settings
from luahost.errors import SessionClosed
from luahost.testing.fake_clock import FakeClock

WaitUntil = Callable[..., None]
COUNTER = "app = {n = 0} function app:add() self.n = self.n + 1 return self.n end session:createAppVariable(app)"


@pytest.fixture
def clock() -> FakeClock:
    """Returns the clock of the host's timers."""
    return FakeClock()


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Iterator[Host]:
    """Returns a host on an empty site."""
    with Host(tmp_path, watch=False, clock=clock, settings=Settings(wait_s=5.0)) as host:
        yield host


@pytest.fixture
def session(host: Host) -> Session:
    """Returns a session that counts."""
    session = host.create_session()
    session.execute(COUNTER)
    return session


def together(*works: Callable[[], object]) -> None:
    """Does all `works` at once, each in a thread."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


class Held:
    """A session whose turn a thread holds until `release`."""

    def __init__(self, session: Session) -> None:
        self._is_over, is_inside = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=session.run, args=(lambda _: (is_inside.set(), self._is_over.wait(30)),))
        self._thread.start()
        assert is_inside.wait(10)

    def release(self) -> None:
        self._is_over.set()
        self._thread.join()


def test_call_when_ten_threads_share_a_session_then_no_call_is_lost(session: Session) -> None:
    """Ten threads with 200 calls each on one session: 2,000 turns, none overlapping."""
    together(*[lambda: [session.call("app:add") for _ in range(200)]] * 10)
    assert session.get("app.n") == 2000


def test_call_when_ten_threads_use_ten_sessions_then_none_sees_another(host: Host) -> None:
    """Ten threads that go around ten sessions leave in each what was done in it."""
    sessions = [host.create_session() for _ in range(10)]
    for session in sessions:
        session.execute(COUNTER)

    def work() -> None:
        for n in range(200):
            sessions[n % 10].call("app:add")

    together(*[work] * 10)
    assert [session.get("app.n") for session in sessions] == [200] * 10


def test_call_when_another_turn_runs_too_long_then_it_is_busy(session: Session) -> None:
    """A call waits as long as it is told, then raises SessionBusy; later it works."""
    held = Held(session)
    with pytest.raises(SessionBusy):
        session.call("app:add", timeout_s=0.01)
    held.release()
    assert session.call("app:add", timeout_s=0.01) == 1


def test_call_when_sessions_wait_for_each_other_then_one_is_busy(host: Host, wait_until: WaitUntil) -> None:
    """Two turns that each need the other's session end at once: one is refused, the other goes on."""
    one, two = host.create_session(), host.create_session()
    both, outcomes = threading.Barrier(2), []

    def work(own: Session, other: Session) -> None:
        def inside(_: Session) -> None:
            both.wait()
            try:
                outcomes.append(other.eval("return 1"))
            except SessionBusy as error:
                outcomes.append("circle" in str(error))

        own.run(inside)

    together(lambda: work(one, two), lambda: work(two, one))
    assert sorted(map(str, outcomes)) == ["1", "True"]


def test_callback_when_it_calls_its_session_then_it_nests(host: Host, session: Session) -> None:
    """Host code within a turn may call the session again, and sees what the turn did so far."""
    seen: list[object] = []
    host.on("log", lambda line: seen.append(session.call("app:add")))
    assert session.eval("app.n = 10 print('x') return app.n") == 11
    assert seen == [11]


def test_run_when_work_raises_then_the_turn_has_ended(session: Session) -> None:
    """`run` returns what its work returns, passes on what it raises, and frees the session either way."""

    def fail(_: Session) -> None:
        raise KeyError

    assert session.run(lambda s: s.call("app:add") + s.call("app:add")) == 3
    with pytest.raises(KeyError):
        session.run(fail)
    together(lambda: session.call("app:add", timeout_s=0))
    assert session.get("app.n") == 3


def test_close_when_it_is_asked_for_in_a_turn_then_the_turn_ends_first(host: Host, session: Session) -> None:
    """`close` within the session's own turn is done at its end, from a callback and from `run`."""
    host.on("log", lambda line: session.close())
    assert session.eval("print('x') return 1") == 1
    assert session.is_closed
    other = host.create_session()
    assert other.run(lambda s: (s.close(), s.eval("return 2"))) == (None, 2)
    assert other.is_closed


def test_close_when_it_is_asked_for_in_its_own_timer_then_no_timer_fires_again(
    host: Host, session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """A timer may close its session; those that were to follow don't fire."""
    lines: list[str] = []
    host.on("log", lambda line: (lines.append(line.message), session.close()))
    session.execute("session:setInterval(function() print('tick') end, 100)")
    clock.advance(0.1)
    wait_until(lambda: session.is_closed)
    clock.advance(10.0)
    other = host.create_session()
    other.execute("session:setTimeout(function() print('other') end, 0)")
    wait_until(lambda: "other" in lines)
    assert lines == ["tick", "other"]


def test_close_when_another_thread_is_inside_then_it_waits_for_its_end(session: Session, wait_until: WaitUntil) -> None:
    """A close from outside comes behind the turn that runs."""
    held = Held(session)
    closing = threading.Thread(target=session.close)
    closing.start()
    assert not session.is_closed
    held.release()
    closing.join(10)
    assert session.is_closed


def test_close_when_the_session_stays_busy_then_it_goes_at_its_end(tmp_path: Path, wait_until: WaitUntil) -> None:
    """A close that has waited long enough leaves the rest to the end of the turn."""
    with Host(tmp_path, watch=False, settings=Settings(wait_s=0.01)) as host:
        session = host.create_session()
        held = Held(session)
        session.close()
        assert not session.is_closed
        held.release()
        wait_until(lambda: session.is_closed)
        assert host.sessions == []


def test_close_when_a_thread_waits_for_a_turn_then_it_is_told(session: Session) -> None:
    """A call that waited while the session was closed raises SessionClosed."""
    outcomes: list[type] = []

    def ask() -> None:
        try:
            session.call("app:add")
        except SessionClosed:
            outcomes.append(SessionClosed)

    thread = threading.Thread(target=ask)

    def work(inside: Session) -> None:
        thread.start()
        inside.close()

    session.run(work)
    thread.join(10)
    assert outcomes == [SessionClosed]


def test_close_when_main_is_loading_then_the_load_ends_first(tmp_path: Path, wait_until: WaitUntil) -> None:
    """A session that is closed by a callback while its main module runs is never handed out alive."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua/main.lua").write_text("print('loading')")
    with Host(tmp_path, watch=False) as host:
        host.on("log", lambda line: [session.close() for session in host.sessions])
        with pytest.raises(SessionClosed):
            host.create_session()
        assert host.sessions == []


def test_close_when_hooks_raise_then_the_session_ends_all_the_same(host: Host, session: Session) -> None:
    """`onClose` hooks run once; an error in one is reported and keeps nothing alive."""
    errors, lines = [], []
    host.on("lua_error", errors.append)
    host.on("log", lambda line: lines.append(line.message))
    session.execute("session:onClose(function() error('no') end) session:onClose(function() print('bye') end)")
    session.close()
    assert (len(errors), lines, session.is_closed) == (1, ["bye"], True)


def test_timers_when_their_time_comes_then_they_fire_in_turns_of_their_own(
    host: Host, session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """Timers fire on the pool when the clock says so, the earliest first."""
    lines: list[tuple[str, bool]] = []
    host.on("log", lambda line: lines.append((line.message, threading.current_thread().name.startswith("luahost-"))))
    session.execute(
        "session:setTimeout(function() print('late') end, 200) session:setTimeout(function() print('early') end, 100)"
    )
    clock.advance(0.2)
    wait_until(lambda: len(lines) == 2)
    assert lines == [("early", True), ("late", True)]


def test_timer_when_it_raises_then_the_error_is_told_and_others_fire(
    host: Host, session: Session, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """An error in a timer has no caller: it is an event."""
    errors: list[object] = []
    host.on("lua_error", errors.append)
    session.execute("session:setTimeout(function() error('no') end, 1) session:setTimeout(function() app:add() end, 2)")
    clock.advance(1.0)
    wait_until(lambda: session.get("app.n") == 1)
    assert len(errors) == 1


def test_events_when_a_callback_raises_then_the_turn_goes_on(host: Host, session: Session) -> None:
    """What raises in a callback of the host stops neither the guest nor other callbacks."""
    seen: list[object] = []
    host.on("log", lambda line: 1 / 0)
    host.on("log", seen.append)
    assert session.eval("print('x') return app:add()") == 1
    assert len(seen) == 1


def test_call_when_the_guest_raises_then_the_session_goes_on(session: Session) -> None:
    """An error in a method is LuaError for its caller alone."""
    session.execute("function app:fail() self.n = 5 error('broken') end")
    with pytest.raises(LuaError, match="broken"):
        session.call("app:fail")
    assert session.call("app:add") == 6
