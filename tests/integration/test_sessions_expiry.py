"""Sessions that nobody is connected to, on a real host whose clock a test moves."""

from __future__ import annotations

from typing import Any

from luahost import Host, Session
from luahost.testing.fake_clock import FakeClock

DAY_S = 86400.0


def test_expire_when_nobody_connects_then_the_session_is_closed(
    host: Host, session: Session, clock: FakeClock, wait_until: Any
) -> None:
    """A session that expires runs its `onClose`, and is no more (S8, SD8)."""
    closed: list[Session] = []
    host.on("session_closed", closed.append)
    host.expire(session)
    clock.advance(61)
    wait_until(lambda: closed == [session])
    assert host.get_session(session.key) is None


def test_expire_when_somebody_is_connected_then_the_session_stays_till_they_have_left(
    host: Host, session: Session, clock: FakeClock, wait_until: Any
) -> None:
    """A day counts from when the last peer left."""
    host.expire(session)
    connection = session.connect(lambda urgent: None)
    for _ in range(3):
        clock.advance(DAY_S)
    assert not session.is_closed
    connection.close()
    waited = [0]

    def is_closed() -> bool:
        waited[0] += 1
        clock.advance(DAY_S / 10)
        return session.is_closed

    wait_until(is_closed)
    assert waited[0] >= 10


def test_session_when_it_is_not_to_expire_then_it_stays(host: Host, session: Session, clock: FakeClock) -> None:
    """A session that an embedder made is its own to close."""
    clock.advance(10 * DAY_S)
    assert session.eval("return 1") == 1
