"""When sessions go that nobody is connected to."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from fake_guest import FakeGuest

from luahost.expiry import Expiry
from luahost.testing.fake_clock import FakeClock

DAY_S = 86400.0


class Line:
    """Keeps what is to happen when, and runs it as time passes: the schedule, and the pool."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._due: dict[Hashable, tuple[float, Callable[[], None]]] = {}

    def at(self, name: Hashable, due_s: float | None, call: Callable[[], None]) -> None:
        """Notes a call."""
        assert due_s is not None
        self._due[name] = (due_s, call)

    def submit(self, work: Callable[[], None]) -> bool:
        """Does the work."""
        work()
        return True

    def pass_s(self, seconds: float) -> None:
        """Lets time pass, a second at a time where something may happen."""
        end_s = self._clock.now() + seconds
        while self._clock.now() < end_s:
            next_s = min([end_s, *(due_s for due_s, _ in self._due.values())])
            self._clock.advance(next_s - self._clock.now())
            for name, (due_s, call) in list(self._due.items()):
                if due_s <= self._clock.now():
                    del self._due[name]
                    call()


class Visited:
    """A session that may be visited."""

    key = "k"

    def __init__(self, clock: FakeClock) -> None:
        self.is_closed = False
        guest = FakeGuest()
        self.connections = guest.connections
        self.connections._now = clock.now
        self.connections.touch()

    def close(self) -> None:
        """Ends it."""
        self.is_closed = True


def watched(timeout_s: float) -> tuple[Line, Visited]:
    """Returns a session that may expire, and what lets time pass."""
    clock = FakeClock()
    line, session = Line(clock), Visited(clock)
    Expiry(clock, line, line, timeout_s).admit(session)  # type: ignore[arg-type]
    return line, session


def test_session_when_nobody_ever_connects_then_it_goes_after_a_minute() -> None:
    """A session that was made for nobody does not stay."""
    line, session = watched(DAY_S)
    line.pass_s(59)
    assert not session.is_closed
    line.pass_s(2)
    assert session.is_closed


def test_session_when_its_page_is_looked_at_then_its_minute_begins_anew() -> None:
    """A look at the page is a sign that somebody may come."""
    line, session = watched(DAY_S)
    line.pass_s(50)
    session.connections.touch()
    line.pass_s(50)
    assert not session.is_closed
    line.pass_s(20)
    assert session.is_closed


def test_session_when_somebody_is_connected_then_it_stays_for_ever() -> None:
    """A session never expires while somebody is connected, however silent (S8, SD8)."""
    line, session = watched(DAY_S)
    session.connections.connect(lambda urgent: None)
    line.pass_s(10 * DAY_S)
    assert not session.is_closed


def test_session_when_everybody_has_left_then_it_goes_after_its_time() -> None:
    """The time counts from the last traffic, which leaving is (S8, S12, SD8)."""
    line, session = watched(DAY_S)
    connection = session.connections.connect(lambda urgent: None)
    line.pass_s(2.5 * DAY_S)
    connection.close()
    line.pass_s(0.9 * DAY_S)
    assert not session.is_closed
    line.pass_s(0.2 * DAY_S)
    assert session.is_closed


def test_session_when_the_time_is_none_then_it_never_goes() -> None:
    """0 is never (S18)."""
    line, session = watched(0.0)
    session.connections.connect(lambda urgent: None).close()
    line.pass_s(1000 * DAY_S)
    assert not session.is_closed
