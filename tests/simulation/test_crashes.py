"""kill -9 of a host at random moments, on each database; the long run is `make crash`."""

from __future__ import annotations

from pathlib import Path

import pytest
from storages import postgres_prefix

from tests.simulation.crashes import Oracle, run

KILLS = 12


def test_kill_when_at_random_moments_then_nothing_acknowledged_is_lost_on_sqlite(tmp_path: Path) -> None:
    """What `save()` said is durable is there after kill -9, and every session is whole."""
    oracle = run("sqlite:crashes.db", KILLS, 1, tmp_path)
    assert oracle.faults == []
    assert oracle.kills == KILLS
    assert sum(oracle.acknowledged.values()) > 0


def test_kill_when_at_random_moments_then_nothing_acknowledged_is_lost_on_postgres(tmp_path: Path) -> None:
    """The same on PostgreSQL."""
    with postgres_prefix() as (url, prefix):
        oracle = run(f"{url}{'&' if '?' in url else '?'}prefix={prefix}", KILLS, 2, tmp_path)
    assert oracle.faults == []
    assert sum(oracle.acknowledged.values()) > 0


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (["begins k 3", "saved k 3", "found k 2 2 True"], "acknowledged at 3"),
        (["begins k 3", "found k 4 4 True"], "never at 4"),
        (["begins k 3", "found k 3 2 True"], "torn"),
        (["begins k 3", "found k 3 3 False"], "torn"),
        (["fault - Unavailable: x"], "Unavailable"),
    ],
)
def test_oracle_when_something_is_lost_then_says_so(lines: list[str], fault: str) -> None:
    """The judge finds a lost acknowledgement, a state that never was, and a torn one."""
    oracle = Oracle()
    for line in lines:
        oracle.hear(line)
    assert len(oracle.faults) == 1
    assert fault in oracle.faults[0]
