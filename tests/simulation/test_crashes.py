"""kill -9 of a host at random moments, on each database; the long run is `make crash`."""

from __future__ import annotations

from pathlib import Path

import pytest
from storages import postgres_prefix

from tests.simulation import database_crashes
from tests.simulation.crashes import Oracle, run
from tests.simulation.database_crashes import server_programs

KILLS = 12


def test_kill_when_at_random_moments_then_nothing_acknowledged_is_lost_on_sqlite(tmp_path: Path) -> None:
    """What `save()` said is durable is there after kill -9 (LT-save-1), and every session is whole."""
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


def test_kill_when_the_database_is_killed_then_the_host_goes_on_and_no_save_is_lost(tmp_path: Path) -> None:
    """The server itself dies by kill -9, again and again: the host saves on by itself when it is back."""
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here: there is none to kill")
    tmp_path.chmod(0o755)
    tmp_path.parent.chmod(0o755)
    tmp_path.parent.parent.chmod(0o755)
    count, faults = database_crashes.run(3, 5, tmp_path, programs)
    assert faults == []
    assert count > 3


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
