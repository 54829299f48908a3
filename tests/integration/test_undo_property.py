"""Random edits of random sites, each undone and taken again: a session is as it was, then as if it never had been."""

from __future__ import annotations

import copy
import json

import pytest
from declared_state import COUNT, KEEP, look
from live_site import LiveSite
from random_saves import Saves, check_random_saves
from site_edits import Model

OWN = """
local out = {}
for name, instances in pairs(kept) do
  for number, instance in ipairs(instances) do
    local fields = {}
    for k, v in pairs(instance) do fields[#fields + 1] = k .. '=' .. tostring(v) end
    table.sort(fields)
    out[name .. number] = table.concat(fields, ' ')
  end
end
return out
"""
USE = """
for name, instances in pairs(kept) do
  for number, instance in ipairs(instances) do
    instance.a, instance.used, instance.own = number, true, nil
  end
end
"""


def live_through(live: LiveSite, model: Model, saves: Saves) -> None:
    """Saves the edits, undoes each save, and takes it again."""
    for edits, _ in saves:
        live.session.execute(KEEP)
        before = copy.deepcopy(model)
        for edit in edits:
            model.edit(edit)
        check(live, before, model)


def check(live: LiveSite, before: Model, after: Model) -> None:
    """Saves, undoes, and takes the save again; what there is to see is as it has to be each time."""
    state, own = look(live.session, before), live.eval(OWN)
    if live.attempt(after.files()) is None:
        return
    live.session.execute(USE)
    report = live.host.undo()
    assert report is not None
    assert report.ok, report.errors
    both = json.dumps([before.files(), after.files()], indent=1)
    assert look(live.session, before) == state, both
    assert live.eval(OWN) == own, both
    assert live.eval(COUNT) == [], both
    again = live.host.reload()
    assert again is not None
    assert again.ok, again.errors
    fresh = live.host.create_session()
    assert look(live.session, after) == look(fresh, after), both
    fresh.close()


@pytest.mark.parametrize(("vm", "examples"), [("lua54", 150), ("lua55", 40), ("luajit21", 40)])
def test_undo_when_any_save_is_undone_then_all_is_as_before_it(vm: str, examples: int) -> None:
    """What is declared reads as before the save, instances have their own fields, and the save can be taken again."""
    check_random_saves(live_through, vm, examples, undo=True)
