"""A short soak: what the long one (`make soak`) looks for, in seconds."""

from __future__ import annotations

import pytest

from tests.simulation.soak import soak


@pytest.mark.parametrize("vm", ["lua54", "luajit21"])
def test_soak_when_it_is_over_then_nothing_is_lost_and_nothing_is_left(vm: str) -> None:
    """Every session answers with what was acknowledged; threads and open files are as before."""
    outcome = soak(minutes=0.05, sessions=20, seed=7, vm=vm)
    assert outcome["errors"] == []
    assert outcome["answered"] == 20
    assert outcome["reports"].get("reload_applied", 0) > 0
    for what in ("threads", "files"):
        assert outcome["after"][what] <= outcome["before"][what], outcome
