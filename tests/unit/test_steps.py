"""Steps: which reload is the one to undo, and what is said where there is none."""

from __future__ import annotations

import pytest

from luahost.errors import LuaError, NothingToUndo
from luahost.reload.report import ReloadReport, SessionReport
from luahost.reload.steps import Step, Steps


def applied(*modules: str, ok: bool = True) -> SessionReport:
    """Returns how a session took a reload."""
    return SessionReport(id="1", generation=1, ok=ok, modules=modules)


def ended(*sessions: SessionReport) -> ReloadReport:
    """Returns the report of an undo."""
    errors = tuple(LuaError("no") for session in sessions if not session.ok)
    return ReloadReport((), sessions, 1.0, errors, undone=True)


@pytest.fixture
def steps() -> Steps:
    """Returns steps of a host that keeps what undoing needs."""
    return Steps(is_kept=True)


def test_take_when_nothing_is_kept_then_says_how_to_keep_it() -> None:
    """A host that keeps nothing names the switch."""
    with pytest.raises(NothingToUndo, match=r"undo=True"):
        Steps(is_kept=False).take()


def test_take_when_nothing_was_reloaded_then_says_so(steps: Steps) -> None:
    """At first there is nothing to undo."""
    with pytest.raises(NothingToUndo, match="no reload has been applied yet"):
        steps.take()


def test_take_when_sessions_took_a_reload_then_answers_all_that_ran(steps: Steps) -> None:
    """The modules of a step are those that ran in any session."""
    steps.note(1, applied("a.lua", "b.lua"))
    steps.note(1, applied("b.lua", "c.lua"))
    assert steps.take() == Step(1, ("a.lua", "b.lua", "c.lua"))


def test_take_when_a_later_reload_failed_then_answers_the_one_before(steps: Steps) -> None:
    """What failed left everything as it was: there is nothing of it to undo."""
    steps.note(1, applied("a.lua"))
    steps.note(2, applied("b.lua", ok=False))
    assert steps.take().number == 1


def test_take_when_a_busy_session_takes_an_older_one_late_then_answers_the_newest(steps: Steps) -> None:
    """A session that was busy brings no older reload back."""
    steps.note(2, applied("b.lua"))
    steps.note(1, applied("a.lua"))
    assert steps.take().number == 2


def test_take_when_it_was_undone_then_says_how_to_take_it_again(steps: Steps) -> None:
    """There is one step; the files have what was undone."""
    steps.note(1, applied("a.lua"))
    steps.note_undone(steps.take(), ended(applied("a.lua")))
    assert steps.away == {"a.lua"}
    with pytest.raises(NothingToUndo, match="has been undone; a save or a reload takes the files as they are"):
        steps.take()


def test_note_undone_when_it_failed_everywhere_then_it_may_be_tried_again(steps: Steps) -> None:
    """An undo that raised has changed nothing."""
    steps.note(1, applied("a.lua"))
    step = steps.take()
    assert steps.note_undone(step, ended(applied(ok=False)))
    assert not steps.away
    assert steps.take() == step


def test_note_undone_when_a_save_came_meanwhile_then_that_is_the_last_one(steps: Steps) -> None:
    """A reload that was applied while an undo failed is the one to undo."""
    steps.note(1, applied("a.lua"))
    step = steps.take()
    steps.note(2, applied("b.lua"))
    steps.note_undone(step, ended(applied(ok=False)))
    assert steps.take().number == 2
