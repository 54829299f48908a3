"""A simulated power cut loses nothing that was acknowledged; the long run is `make crash`."""

from __future__ import annotations

from tests.simulation.power import run

TRIALS = 30


def test_cut_when_every_commit_is_synced_then_nothing_acknowledged_is_lost() -> None:
    """With full sync, as the adapter has it, what was acknowledged is there after a cut."""
    assert run(TRIALS, 1) == 0


def test_cut_when_commits_are_not_synced_then_the_harness_sees_the_loss() -> None:
    """With normal sync the same cuts do lose, which shows that the harness can tell."""
    assert run(TRIALS, 1, "NORMAL") > TRIALS / 2
