"""Errors and reports on their way between processes: they arrive as what they were."""

from __future__ import annotations

import json

import msgspec
import pytest

from luahost import errors
from luahost.attach.faults import Fault, error_of, fault_of, packed, report_of
from luahost.errors import Frame, LimitExceeded, LuaError, LuaHostError, LuaSyntaxError, ModuleNotFound, SessionBusy
from luahost.reload.report import MutateFailure, PrototypeChange, ReloadReport, SessionReport

STACK = (Frame("apps/a.lua", 3, "go"), Frame("stdin", 1, "main chunk"))
ERRORS = [
    LuaError("oh", file="apps/a.lua", line=3, stack=STACK),
    LuaError("nowhere"),
    LuaSyntaxError("'end' expected", file="stdin", line=2, incomplete=True),
    ModuleNotFound("no such file", file="a.lua", line=1),
    LimitExceeded("too long", file="a.lua", line=1, stack=STACK),
    SessionBusy("busy"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_error_of_when_a_fault_arrives_then_is_the_error_that_was_sent(error: LuaHostError) -> None:
    """Class, message, place, stack and completeness survive."""
    fault = msgspec.json.decode(packed(fault_of(error)), type=Fault)
    arrived = error_of(fault)
    assert (type(arrived), str(arrived)) == (type(error), str(error))
    for name in ("file", "line", "stack", "incomplete"):
        assert getattr(arrived, name, None) == getattr(error, name, None)


@pytest.mark.parametrize("kind", [name for name in errors.__all__ if name != "Frame"])
def test_error_of_when_told_of_any_error_then_it_can_be_made(kind: str) -> None:
    """Every error of ours can be told to another process."""
    assert type(error_of(Fault(kind, "oh"))).__name__ == kind


@pytest.mark.parametrize("kind", ["Frame", "SystemExit", "__doc__", "", "FromTheFuture"])
def test_error_of_when_the_kind_is_unknown_then_is_a_plain_one(kind: str) -> None:
    """What another version raises is told by its message; nothing but errors can be named."""
    error = error_of(Fault(kind, "oh"))
    assert (type(error), str(error)) == (LuaHostError, "oh")


def test_report_of_when_a_report_arrives_then_is_what_was_sent() -> None:
    """A reload's report crosses whole, with the errors in it."""
    change = PrototypeChange("Contact", ("email",), (), ("fax",), rebased=True, instances=2)
    failure = MutateFailure("Contact", "oh", "a.lua", 1, 1)
    failed = SessionReport("2", 0, ok=False, error=ERRORS[0])
    session = SessionReport("1", 3, prototypes=(change,), instances=2, failures=(failure,), kept=("x stays",))
    sent = ReloadReport(("a.lua",), (session, failed), 8.5, (ERRORS[0],), gone=("b.lua",), busy=("3",))
    arrived = report_of(packed(sent))
    assert arrived is not None
    assert arrived.sessions[0] == session
    assert (arrived.modules, arrived.duration_ms, arrived.gone, arrived.busy) == (("a.lua",), 8.5, ("b.lua",), ("3",))
    assert [str(error) for error in arrived.errors] == ["apps/a.lua:3: oh"]
    assert arrived.sessions[1].error is not None
    assert report_of(b"null") is None


def test_packed_when_an_error_is_huge_then_its_beginning_is_told() -> None:
    """However much a guest puts into an error, a message stays short."""
    deep = LuaError("x" * 1_000_000, file="a.lua", line=1, stack=[STACK[0]] * 10_000)
    assert len(packed(fault_of(deep))) < 40_000


def test_packed_when_something_cannot_be_told_then_says_so() -> None:
    """A mistake of ours is no silent loss."""
    with pytest.raises(NotImplementedError, match="object can't be told"):
        packed({"x": object()})
    assert json.loads(packed({"x": [1, None, "é"]})) == {"x": [1, None, "é"]}
