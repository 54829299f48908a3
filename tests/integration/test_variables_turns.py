"""Turns and changes: several entries in one turn, timers, listeners that call in, and limits on the way."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Any

import pytest
from peers import Peer, Peers, create, update

from luahost import ConversionError, Host, LimitExceeded, LuaError, Session
from luahost.news import GuestError
from luahost.testing.fake_clock import FakeClock

WaitUntil = Callable[..., None]

APP = """
local App = session:prototype("App", {})
app = session:create(App, { name = "Ann", count = 0, calls = 0 })
session:createAppVariable(app)
function app:counted() self.calls = self.calls + 1 return self.count end
function app:add() self.count = self.count + 1 end
"""


@pytest.fixture(autouse=True)
def app(session: Session) -> None:
    """Lets the session have an app with a counter, and a method that counts how often it is read."""
    session.execute(APP)


def test_run_when_it_does_several_things_then_they_are_told_at_its_end(
    peer: Peer, peers: Peers, session: Session
) -> None:
    """What `run` does is one turn: one detection, at its end."""
    peer.create(2, "counted()", access="r")
    calls, times = session.get("app.calls"), peers.told_times

    def work(own: Session) -> str:
        for _ in range(5):
            own.call("app:add")
        assert peers.told_times == times
        return "done"

    assert session.run(work) == "done"
    assert peer.read().values == {2: 5}
    assert peers.told_times == times + 1
    assert session.run(lambda own: own.get("app.calls")) <= calls + 2


def test_run_when_the_tree_begins_in_it_then_is_told_at_its_end(peers: Peers, session: Session) -> None:
    """The first peer of all may come within `run`."""
    peer = peers.peer(1)

    def work(own: Session) -> None:
        own.execute("session:createVariable(1, { type = 'T' })")
        peer.create(2, "count")
        own.call("app:add")
        assert peers.told_times == 0

    session.run(work)
    assert peer.read().values == {2: 1}
    assert peers.told_times == 1


def test_run_when_within_run_then_the_outer_one_tells(peer: Peer, peers: Peers, session: Session) -> None:
    """Detection belongs to the outermost turn."""
    peer.create(2, "count")
    times = peers.told_times

    def work(own: Session) -> None:
        own.run(lambda inner: inner.call("app:add"))
        own.call("app:add")
        assert peers.told_times == times

    session.run(work)
    assert peer.read().values == {2: 2}


def test_run_when_it_raises_then_what_it_changed_is_told(peer: Peer, session: Session) -> None:
    """An error in the work is its caller's; what changed before it is told."""
    peer.create(2, "count")

    def work(own: Session) -> None:
        own.call("app:add")
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        session.run(work)
    assert peer.read().values == {2: 1}
    session.call("app:add")
    assert peer.read().values == {2: 2}


def test_run_when_the_guest_raises_and_that_is_caught_then_the_turn_goes_on(peer: Peer, session: Session) -> None:
    """A guest's error within `run` doesn't end the turn."""
    peer.create(2, "count")

    def work(own: Session) -> None:
        with pytest.raises(LuaError):
            own.eval("error('x')")
        own.call("app:add")
        assert not peer.read()

    session.run(work)
    assert peer.read().values == {2: 1}


def test_run_when_killed_then_what_it_changed_is_told_behind_it(peer: Peer, session: Session) -> None:
    """A turn that was ended looks for nothing more: that is done behind it, and each turn after that tells its own."""
    peer.create(2, "count")

    def work(own: Session) -> None:
        own.call("app:add")
        own.kill()
        own.eval("while true do end")

    with pytest.raises(LimitExceeded):
        session.run(work)
    assert peer.read().values == {2: 1}
    session.call("app:add")
    assert peer.read().values == {2: 2}


def test_run_when_its_time_is_over_in_the_guest_then_what_it_changed_is_told(peer: Peer, session: Session) -> None:
    """A limit met within an entry is no other case."""
    peer.create(2, "count")
    threading.Timer(0.05, session.kill).start()

    def work(own: Session) -> None:
        own.call("app:add")
        own.eval("while true do end")

    with pytest.raises(LimitExceeded):
        session.run(work)
    assert peer.read().values == {2: 1}


def test_run_when_there_is_no_tree_then_asks_the_vm_nothing_more(session: Session, monkeypatch: Any) -> None:
    """A session without variables pays nothing for them."""
    entered: list[str] = []
    monkeypatch.setattr(Session, "enter", lambda own, entry, *args: entered.append(entry))
    session.run(lambda own: None)
    assert entered == []


def test_listener_when_it_changes_the_session_then_that_is_told_too(peer: Peer, session: Session, host: Host) -> None:
    """Code of the host that is called in a turn may call in; nobody is left with what was before."""
    peer.create(2, "count")
    session.execute("function app:noisy() if self.count == 1 then print('one') end return self.count end")
    peer.create(3, "noisy()", access="r")
    host.on("log", lambda line: session.set("app.count", 2))
    session.set("app.count", 1)
    assert peer.read().values == {2: 2, 3: 2}


def test_call_when_the_listener_raises_then_its_caller_has_the_answer(
    peer: Peer, session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who fails over what he is told is not the caller of the turn that changed it."""
    peer.create(2, "count")

    def fail(packed: bytes) -> None:
        raise ValueError("no room")

    session.on_changes = fail
    assert session.eval("app:add() return app.count") == 1
    assert "no room" in "".join(capsys.readouterr())


def test_call_when_the_guest_raises_then_what_it_changed_is_told(peer: Peer, session: Session) -> None:
    """A turn that fails has changed what it changed."""
    peer.create(2, "count")
    with pytest.raises(LuaError, match="enough"):
        session.eval("app:add() error('enough')")
    assert peer.read().values == {2: 1}


class Word(enum.StrEnum):
    """Texts of another type."""

    two = "c1:2"


def test_update_when_its_id_is_no_text_or_number_then_is_refused(peer: Peer, session: Session) -> None:
    """Nothing of Python enters the session, whatever is given for an id; a long one finds nothing."""
    peer.create(2, "count")
    with pytest.raises(ConversionError):
        session.update(1, object(), 5)  # type: ignore[arg-type]
    session.update(1, "x" * 2_000_000, 5)
    assert [code for _, code in peer.read().errors] == ["not-found"]
    session.update(1, Word.two, 5)
    assert session.get("app.count") == 5


def test_call_when_the_turn_before_told_something_then_that_is_not_told_again(peer: Peer, session: Session) -> None:
    """A limit that ends a turn takes up what that turn could not tell, and nothing of the turns before."""
    peer.create(2, "count")
    session.call("app:add")
    assert peer.read().values == {2: 1}
    killer = threading.Timer(0.05, session.kill)
    killer.start()
    with pytest.raises(LimitExceeded):
        session.execute("while true do end")
    killer.join()
    session.execute("app.name = 'Bea'")
    assert peer.read().entries == []


def test_timer_when_it_changes_something_then_that_is_told(peer: Peer, session: Session, wait_until: WaitUntil) -> None:
    """R98: detection follows each timer."""
    peer.create(2, "count")
    session.execute("session:setImmediate(function() app:add() end)")
    wait_until(lambda: peer.read().values == {2: 1})


GETTER = """
function app:lazy()
  if not self.timer then self.timer = session:%s end
  return self.count
end
function fail() if app.is_bad then error("no way", 0) end app.runs = (app.runs or 0) + 1 end
app.is_bad = true
"""


def test_timer_when_made_while_a_variable_is_computed_then_its_error_is_that_variables(
    peer: Peer, session: Session, reported: list[GuestError], wait_until: WaitUntil
) -> None:
    """R103, R105: the error of a timer is attributed to the variable that was being computed when it was made."""
    session.execute(GETTER % "setTimeout(fail, 0)")
    errors = peer.send(create(2, "name"), create(3, "lazy()", access="r")).of("error")
    wait_until(lambda: errors.extend(peer.read().of("error")) or errors)
    assert errors == [{"varId": 3, "code": "lua-error", "description": "no way"}]
    wait_until(lambda: [error.error.message for error in reported] == ["no way"])
    assert [each["error"] for each in session.variables()] == ["", "", "no way"]


def test_timer_when_its_next_run_is_well_then_the_error_is_over(
    peer: Peer, session: Session, clock: FakeClock, reported: list[GuestError], wait_until: WaitUntil
) -> None:
    """R104, R106: an interval's error is cleared at its next run."""
    session.execute(GETTER % "setInterval(fail, 1000)")
    peer.create(3, "lazy()", access="r")
    clock.advance(1)
    wait_until(lambda: peer.read().errors == [(3, "lua-error")])
    session.execute("app.is_bad = false")
    clock.advance(1)
    wait_until(lambda: peer.read().values == {3: 0})
    assert [each["error"] for each in session.variables()] == ["", ""]


def test_timer_when_its_error_lasts_then_stands_behind_each_value(
    peer: Peer, session: Session, clock: FakeClock, reported: list[GuestError], wait_until: WaitUntil
) -> None:
    """R105: a value alone would say that the error is over, which the timer's next run decides."""
    session.execute(GETTER % "setInterval(fail, 1000)")
    session.execute("app.count = 1")
    peer.create(3, "lazy()", access="r")
    clock.advance(1)
    wait_until(lambda: peer.read().errors == [(3, "lua-error")])
    for count in (2, 3):
        session.execute(f"app.count = {count}")
        assert [entry[0] for entry in peer.read().entries] == ["update", "error"]


def test_timer_when_its_variable_is_gone_then_its_error_is_reported_alone(
    peer: Peer, session: Session, clock: FakeClock, reported: list[GuestError], wait_until: WaitUntil
) -> None:
    """An error of a variable that was destroyed concerns no peer."""
    session.execute(GETTER % "setTimeout(fail, 1000)")
    peer.create(3, "lazy()", access="r")
    peer.destroy(3)
    clock.advance(1)
    wait_until(lambda: reported)
    assert not peer.read()


def test_timer_when_made_outside_of_detection_then_is_nobodys(
    peer: Peer, session: Session, reported: list[GuestError], wait_until: WaitUntil
) -> None:
    """A timer that an action makes has no variable."""
    session.execute(GETTER % "setTimeout(fail, 0)")
    session.execute("function app:act() session:setTimeout(fail, 0) end")
    peer.send(create(2, "count"), create(3, "act()", access="action"))
    peer.update(3)
    wait_until(lambda: reported)
    assert peer.read().errors == []


def test_session_when_closed_in_a_turn_that_changes_then_ends_well(peer: Peer, session: Session) -> None:
    """Closing within a turn tells what it changed first."""
    peer.create(2, "count")

    def work(own: Session) -> None:
        own.call("app:add")
        own.close()

    session.run(work)
    assert session.is_closed
    assert peer.read().values == {2: 1}


def test_update_when_of_two_peers_in_one_turn_then_each_hears_what_the_other_wrote(
    peers: Peers, session: Session
) -> None:
    """Two batches in one turn: the later value stands, and its sender alone isn't told."""
    one, two = peers.peer(1), peers.peer(2)
    one.create(2, "name", label="x")
    two.watch("c1:2")
    one.read()

    def work(own: Session) -> None:
        one.send(update(2, "first", label="one"))
        two.send(update("c1:2", "second", hint="two"))

    session.run(work)
    assert one.read().updates == [(2, 2, True, "second", {"hint": "two"})]
    assert two.read().updates == [(2, "c1:2", False, None, {"label": "one"})]
