"""Reloading: what a session runs for a reload, and what it answers when that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from luahost.errors import LimitExceeded, LuaError, LuaHostError
from luahost.reload.reloader import ReloadRequest
from luahost.reload.report import MutateFailure, SessionReport
from luahost.reloading import Reloading
from luahost.vm import edge

ANSWERED = {
    "generation": 4, "modules": ["a.lua"], "prototypes": [], "instances": 0, "failures": [], "pending": [], "kept": []
}  # fmt: skip


def request(only: set[str]) -> ReloadRequest:
    """Returns a request with two files outstanding, `only` of them saved now."""
    versions = {"a.lua": 2, "b.lua": 3}
    return ReloadRequest(versions, frozenset(only), (), (), relinked=False, cascade=False, strict=False, codes={})


def carry_out(
    run: Callable[[dict[str, Any]], Any], only: set[str], outcome: dict[str, Any] | None = None
) -> tuple[SessionReport | None, list[LuaHostError]]:
    """Carries a reload out in a session of generation 3; answers the report, and the errors that were told of."""
    told: list[LuaHostError] = []
    packed = edge.pack(outcome) if outcome else None
    reloading = Reloading("1", 3, lambda given: run(edge.unpack(given)), lambda: packed, told.append, lambda: 4096)
    return reloading.carry_out(request(only)), told


def test_carry_out_when_all_is_well_then_answers_the_report() -> None:
    """What the kernel answers is the session's report."""
    report, _ = carry_out(lambda given: ANSWERED, {"a.lua"})
    assert report == SessionReport(id="1", generation=4, modules=("a.lua",))


def test_carry_out_when_nothing_is_concerned_then_answers_nothing() -> None:
    """There is no report of a session that has loaded none of the files."""
    assert carry_out(lambda given: None, {"a.lua"}) == (None, [])


def test_carry_out_when_an_earlier_save_fails_then_takes_the_new_one_alone() -> None:
    """A save that fails stops no later one; the report says that it waits."""

    def run(given: dict[str, Any]) -> Any:
        if "b.lua" in given["versions"]:
            raise LuaError("no")
        return ANSWERED

    report, _ = carry_out(run, {"a.lua"})
    assert report is not None
    assert (report.ok, report.kept) == (True, ("an earlier save still waits: no",))


@pytest.mark.parametrize("only", [{"a.lua"}, {"a.lua", "b.lua"}])
def test_carry_out_when_the_save_fails_then_the_report_has_the_error(only: set[str]) -> None:
    """A reload that was taken back keeps the generation, and says why."""
    error = LuaError("no")

    def run(given: dict[str, Any]) -> Any:
        raise error

    assert carry_out(run, only)[0] == SessionReport(id="1", generation=3, ok=False, error=error)


@pytest.mark.parametrize(("generation", "is_ok"), [(4, True), (3, False)])
def test_carry_out_when_a_limit_ends_it_then_only_one_that_stands_is_reported(generation: int, is_ok: bool) -> None:
    """A reload stands if nothing but a `mutate` or a hook was ended; who listens is told of that."""
    error = LimitExceeded("too long")

    def run(given: dict[str, Any]) -> Any:
        raise error

    report, told = carry_out(run, {"a.lua", "b.lua"}, {**ANSWERED, "generation": generation})
    assert report is not None
    assert (report.ok, told) == (is_ok, [error] if is_ok else [])


def test_carry_out_when_a_limit_ends_a_mutate_then_its_failure_says_it_alone() -> None:
    """One error is told once: in the report, with its cause and place."""
    failure = {"type": "P", "kind": "limit", "message": "ended", "line": 0, "instances": 2}
    error = LimitExceeded("too long", file="a.lua", line=7)

    def run(given: dict[str, Any]) -> Any:
        raise error

    report, told = carry_out(run, {"a.lua"}, {**ANSWERED, "failures": [failure], "pending": [failure]})
    assert told == []
    assert report is not None
    assert report.failures == report.pending == (MutateFailure("P", "too long", "a.lua", 7, 2),)


def told_of(request: ReloadRequest) -> dict[str, Any]:
    """Returns what a session with 4,096 bytes to spare is told of a request."""
    asked: list[dict[str, Any]] = []
    Reloading("1", 3, lambda given: asked.append(edge.unpack(given)), lambda: None, print, lambda: 4096).carry_out(
        request
    )
    return asked[0]


def test_carry_out_when_nothing_is_to_be_undone_then_nothing_is_kept() -> None:
    """A host that doesn't want to undo reloads lets sessions keep nothing; what is false or empty isn't told."""
    assert told_of(request({"a.lua"})) == {"versions": {"a.lua": 2, "b.lua": 3}}


def test_carry_out_when_it_may_be_undone_then_half_of_what_is_left_may_be_kept() -> None:
    """What undoing needs is kept under the reload's number, and takes half of the memory that is left at most."""
    told = told_of(replace(request({"a.lua"}), number=7, keeps=True))
    assert told["keep"] == {"number": 7, "bytes": 2048}
