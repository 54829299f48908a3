"""Random edits of random sites: a session that lived through them equals one that loads the last files."""

from __future__ import annotations

import json

import pytest
from declared_state import COUNT, KEEP, look
from live_site import LiveSite
from random_saves import Saves, check_random_saves
from site_edits import Edit, Model


def live_through(live: LiveSite, model: Model, saves: Saves) -> None:
    """Saves the edits, comparing with a fresh session after each save."""
    for edits, breaks in saves:
        live.session.execute(KEEP)
        save(live, model, edits, breaks)
        fresh = live.host.create_session()
        assert look(live.session, model) == look(fresh, model), json.dumps(model.files(), indent=1)
        assert live.eval(COUNT) == []
        fresh.close()


def save(live: LiveSite, model: Model, edits: list[Edit], breaks: int) -> None:
    """Saves the edits, at times after an attempt that fails at the end of one of the modules."""
    before = look(live.session, model)
    known = Model(model.modules, dict(model.prototypes))
    for edit in edits:
        model.edit(edit)
    files = model.files()
    if breaks < model.modules:
        failing = f"lua/m{breaks}.lua"
        text = files[failing].removesuffix("return M\n") + "error('broken')\n"
        assert not live.save({**files, failing: text}).ok
        assert look(live.session, known) == before
    report = live.attempt(files)
    assert report is None or report.ok, report.errors


@pytest.mark.parametrize(("vm", "examples"), [("lua54", 200), ("lua55", 50), ("luajit21", 50)])
def test_session_when_it_lived_through_any_saves_then_equals_a_fresh_one(vm: str, examples: int) -> None:
    """The promise: every save leaves a session as if its files had been written that way, with its objects kept."""
    check_random_saves(live_through, vm, examples)
