"""Samples: taken while somebody looks, and gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from luahost.server.inspector.samples import MOST_SAMPLES, Samples
from luahost.server.inspector.sampling import Sampling
from luahost.server.inspector.topics import Charts
from luahost.turning.meter import TimedTurns
from luahost.turning.pool import Pool
from luahost.turning.turns import Turns, Waits


@dataclass(eq=False)
class FakeSession:
    """A session as far as samples know it."""

    key: str
    turns: Turns
    memory_bytes: int = 1000

    def work(self, times: int = 1) -> None:
        """Has turns."""
        for _ in range(times):
            self.turns.enter()
            self.turns.leave()


@dataclass
class FakeHost:
    """Sessions that come and go."""

    pool: Pool = field(default_factory=Pool)
    sessions: list[FakeSession] = field(default_factory=list)

    def add(self, key: str) -> FakeSession:
        """Adds a session."""
        self.sessions.append(FakeSession(key, Turns(self.pool, Waits(), 5.0)))
        return self.sessions[-1]


@pytest.fixture
def host() -> Iterator[FakeHost]:
    """Returns a host without sessions."""
    host = FakeHost()
    yield host
    host.pool.close(5.0)


@pytest.fixture
def samples(host: FakeHost) -> Samples:
    """Returns the samples of `host`."""
    return Samples(lambda: host.sessions)  # type: ignore[arg-type, return-value]


def test_samples_when_sessions_have_turns_then_tell_memory_and_times(host: FakeHost, samples: Samples) -> None:
    """A sample has memory, number of turns, their mean and longest time; the host's has the sums."""
    one, two = host.add("one"), host.add("two")
    samples.open()
    one.work(3)
    two.work(1)
    samples.take()
    told = samples.series("one")
    memory, turns, mean_ms, most_ms = told["session_rows"][0]
    assert (memory, turns) == (1000, 3)
    assert 0 < mean_ms <= most_ms
    assert told["host_rows"][0][1:] == (2000, 4, 2)
    assert told["host_rows"][0][0] > 1_000_000


def test_samples_when_asked_again_then_tell_only_what_is_new(host: FakeHost, samples: Samples) -> None:
    """Who has seen a sample gets those that came after it."""
    one = host.add("one")
    samples.open()
    samples.take()
    one.work(2)
    samples.take()
    told = samples.series("one", since=1)
    assert (told["number"], [row[1] for row in told["session_rows"]]) == (2, [2.0])
    assert samples.series("one", since=2) == {}


def test_samples_when_sessions_come_and_go_then_follow_them(host: FakeHost, samples: Samples) -> None:
    """A session that comes later is timed from then on; one that went leaves nothing."""
    samples.open()
    one = host.add("one")
    samples.take()
    one.work()
    samples.take()
    assert [row[1] for row in samples.series("one")["session_rows"]] == [0, 1]
    host.sessions.clear()
    samples.take()
    assert samples.series("one")["session_rows"] == []
    assert type(one.turns) is Turns


def test_samples_when_many_are_taken_then_the_last_are_kept(host: FakeHost, samples: Samples) -> None:
    """What is kept is bounded."""
    host.add("one")
    samples.open()
    for _ in range(MOST_SAMPLES + 5):
        samples.take()
    told = samples.series("one")
    assert len(told["session_rows"]) == len(told["host_rows"]) == MOST_SAMPLES


def test_samples_when_closed_then_turns_cost_nothing_again(host: FakeHost, samples: Samples) -> None:
    """Nobody looks: no turn is timed, and nothing is kept."""
    one = host.add("one")
    samples.open()
    assert isinstance(one.turns, TimedTurns)
    samples.take()
    samples.close()
    assert type(one.turns) is Turns
    assert samples.series("one")["host_rows"] == []


def test_sampling_when_the_last_looker_leaves_then_ends(host: FakeHost, samples: Samples) -> None:
    """Samples are taken as long as anybody looks, and no longer."""
    one = host.add("one")

    async def look() -> tuple[int, bool, bool]:
        sampling = Sampling(samples, period_s=0.001)
        first, second = Charts(sampling, "one"), Charts(sampling, None)
        async with asyncio.timeout(10):
            while samples.number < 3:
                await asyncio.sleep(0.001)
        first.close()
        is_timed_still = isinstance(one.turns, TimedTurns)
        second.close()
        return samples.number, is_timed_still, isinstance(one.turns, TimedTurns)

    number, is_timed_still, is_timed_afterwards = asyncio.run(look())
    assert number >= 3
    assert (is_timed_still, is_timed_afterwards) == (True, False)
