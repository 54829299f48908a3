"""Peers and an application at random work: what each peer was told is, after every turn, what there is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luahost import Host, Settings
from tests.simulation.variable_peers import STEPS, Desk, Step

numbers = st.integers(0, 99)
steps = st.tuples(st.sampled_from(STEPS), numbers, numbers, numbers)
turns = st.lists(st.lists(steps, min_size=1, max_size=4), max_size=40)


@pytest.fixture(params=["lua54", "lua55", "luajit21"], scope="module")
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Returns a host on an empty site, on each VM."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Host(folder, watch=False, settings=Settings(vm=request.param)) as host,
    ):
        yield host


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(turns)
def test_mirror_when_anything_happens_then_is_what_a_fresh_look_answers(
    host: Host, all_turns: list[list[Step]]
) -> None:
    """tracker-integration-1 to -3: after each turn every peer's mirror equals a fresh computation of all it watches."""
    session = host.create_session()
    try:
        desk = Desk(session)
        desk.check()
        for turn in all_turns:
            desk.turn(turn)
            desk.check()
    finally:
        session.close()
