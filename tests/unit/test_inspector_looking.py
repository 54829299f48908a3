"""Looking into a session: in turns of it, as few and as short as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from luahost.errors import LimitExceeded, SessionClosed
from luahost.server.inspector.topics import SHARE, Inside


@dataclass
class FakeSession:
    """A session whose turns a test counts up; looks into it take `cost_s` of its clock and see `seen`, or raise it."""

    seen: bytes | Exception = b"a"
    cost_s: float = 0.0
    now_s: float = 100.0
    looks: int = 0
    key: str = "k"
    is_closed: bool = False
    turns: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(number=1))

    def post(self, work: Callable[[], None]) -> None:
        """Does the work at once."""
        work()

    def run(self, work: Callable[[FakeSession], Any]) -> Any:
        """Has a turn."""
        answer = work(self)
        self.turns.number += 1
        return answer

    def look(self, _: object) -> bytes:
        """Looks."""
        self.looks += 1
        self.now_s += self.cost_s
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen


def told(session: FakeSession, *steps: Callable[[], object]) -> list[bytes | None]:
    """Returns the news at first, and after each step."""

    async def look() -> list[bytes | None]:
        inside = Inside(session, session.look, lambda: None, now=lambda: session.now_s)  # type: ignore[arg-type]
        news = [await news_of(inside)]
        for step in steps:
            step()
            news.append(await news_of(inside))
        inside.close()
        return news

    return asyncio.run(look())


async def news_of(inside: Inside) -> bytes | None:
    """Returns the news, after a look if one is due."""
    at_once = inside.news()
    for _ in range(5):
        await asyncio.sleep(0)
    return at_once or inside.news()


def move(session: FakeSession, seen: bytes | None = None) -> Callable[[], None]:
    """Returns a step: the session has a turn, after which something else is seen."""

    def step() -> None:
        session.turns.number += 1
        session.seen = session.seen if seen is None else seen

    return step


def test_inside_when_nothing_happens_then_looks_once() -> None:
    """A session that rests isn't looked at again; the look's own turn doesn't count."""
    session = FakeSession()
    assert told(session, lambda: None, lambda: None) == [b"a", None, None]
    assert session.looks == 1


def test_inside_when_turns_change_nothing_then_tells_nothing() -> None:
    """What looks the same is not told again."""
    session = FakeSession()
    assert told(session, move(session), move(session, b"b")) == [b"a", None, b"b"]
    assert session.looks == 3


def test_inside_when_looks_are_costly_then_leaves_the_session_most_of_its_time() -> None:
    """After a look the session has nine times as long for itself, however busy it is."""
    session = FakeSession(cost_s=1.0)

    def wait() -> None:
        session.now_s += SHARE - 2

    def wait_on() -> None:
        session.now_s += 1.0

    assert told(session, move(session, b"b"), wait, wait_on) == [b"a", None, None, b"b"]
    assert session.looks == 2


def test_inside_when_a_look_fails_then_says_why_and_tries_again() -> None:
    """An error in the guest's code is told to the page; the next turn may bring better news."""
    session = FakeSession(seen=LimitExceeded("too long"))
    failed, well = told(session, move(session, b"b"))
    assert b"too long" in (failed or b"")
    assert well == b"b"


def test_inside_when_the_session_is_closed_then_is_silent() -> None:
    """A session that ends while it is looked at has no news."""
    session = FakeSession(seen=SessionClosed("closed"), is_closed=True)
    assert told(session, move(session)) == [None, None]
    assert session.looks == 0
