"""The sampler: which sessions are asked where they are, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from luahost.turning.sampler import Sampler


@dataclass
class Guest:
    """Counts how often it is asked, and notes whether turns could have been ended meanwhile."""

    ending: threading.Lock
    asked: int = 0
    was_safe: bool = True

    def sample(self) -> None:
        """Notes a question."""
        self.asked += 1
        self.was_safe &= self.ending.locked()


@dataclass
class Turns:
    """A session's turns, `depth` of them."""

    guest: Guest | None
    depth: int = 1
    owner: int = field(default=0)


def test_look_when_sessions_are_in_turns_then_asks_those() -> None:
    """Who has nothing to do is left alone, and so is a session that has been closed."""
    ending = threading.Lock()
    busy, idle, closed = Turns(Guest(ending)), Turns(Guest(ending), depth=0), Turns(None)
    Sampler(lambda: [busy, idle, closed], ending).look()
    assert busy.guest is not None
    assert idle.guest is not None
    assert (busy.guest.asked, busy.guest.was_safe, idle.guest.asked) == (1, True, 0)


def test_start_when_sessions_run_then_asks_until_closed(wait_until: Callable[..., None]) -> None:
    """It goes on asking, and doesn't any more once it is closed."""
    ending = threading.Lock()
    guest = Guest(ending)
    sampler = Sampler(lambda: [Turns(guest)], ending, interval_s=0.0001)
    sampler.start()
    wait_until(lambda: guest.asked > 3, "asking")
    sampler.close()
    asked = guest.asked
    sampler.look()
    assert guest.asked == asked + 1
