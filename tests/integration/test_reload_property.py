"""Random edits of random sites: a session that lived through them equals one that loads the last files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from live_site import LiveSite
from site_edits import GLOBALS, SEQUENCES, Edit, Model

from luahost import Session, Settings

LOOK = """
local function plain(v)
  if type(v) == 'function' or v == nil then return type(v) end
  if type(v) ~= 'table' then return v end
  local out = {}
  for k, value in pairs(v) do out[tostring(k)] = plain(value) end
  return { table = out }
end
local function answers(f, ...)
  local results = { pcall(f, ...) }
  for i = 1, 3 do results[i] = plain(results[i]) end
  return { answers = results }
end
local function look_at(prototype)
  local out, object = { meta = (getmetatable(prototype) or {}).type or 'none' }, setmetatable({}, prototype)
  for _, member in ipairs{ 'a', 'b', 'c', 'd' } do
    local v = object[member]
    out[member] = type(v) == 'function' and answers(v, object) or plain(v)
  end
  for k, v in pairs(prototype) do
    if k ~= 'new' and k ~= '__index' then out['own ' .. k] = type(v) == 'function' and 'method' or plain(v) end
  end
  return out
end
local out = { prototypes = {}, modules = {}, globals = {} }
for _, name in ipairs(names) do out.prototypes[name] = look_at(session:prototype(name)) end
for _, name in ipairs(modules) do
  local value = require(name)
  if type(value) == 'table' then
    out.modules[name] = {}
    for k, v in pairs(value) do out.modules[name][k] = type(v) == 'function' and answers(v) or v end
  else
    out.modules[name] = value
  end
end
for _, name in ipairs(functions) do out.globals[name] = _G[name] and answers(_G[name]) or 'none' end
return out
"""
KEEP = """
kept = kept or {}
for _, name in ipairs(session:prototypes()) do
  local prototype = session:prototype(name)
  kept[name] = kept[name] or {}
  kept[name][#kept[name] + 1] = prototype:new{ own = name, number = #kept[name] + 1 }
end
"""
COUNT = """
local out = {}
for name, instances in pairs(kept) do
  local prototype, found = session:prototype(name), 0
  local tracked = {}
  for instance in session:instances(prototype) do tracked[instance] = true end
  for number, instance in ipairs(instances) do
    local is_whole = instance.own == name and instance.number == number and getmetatable(instance) == prototype
    if is_whole and tracked[instance] then found = found + 1 end
  end
  if found ~= #instances or session:countInstances(prototype) ~= found then out[#out + 1] = name end
end
return out
"""


def look(session: Session, model: Model) -> Any:
    """Returns what can be looked up in a session of what the files declare, as text that compares."""
    lists = {
        "names": sorted(model.prototypes),
        "modules": [f"m{number}" for number in range(model.modules)],
        "functions": list(GLOBALS),
    }
    told = "".join(f"local {key} = {{ {', '.join(map(repr, values))} }}\n" for key, values in lists.items())
    return session.eval(told + LOOK)


def live_through(folder: Path, vm: str, modules: int, first: list[Edit], saves: list[tuple[list[Edit], int]]) -> None:
    """Makes a site and saves its edits, comparing with a fresh session after each save."""
    model = Model(modules)
    for edit in first:
        model.edit(edit)
    (folder / "lua").mkdir()
    for relative, text in model.files().items():
        (folder / relative).write_text(text)
    live = LiveSite(folder, Settings(vm=vm), is_watched=False)
    try:
        for edits, breaks in saves:
            live.session.execute(KEEP)
            save(live, model, edits, breaks)
            fresh = live.host.create_session()
            assert look(live.session, model) == look(fresh, model), json.dumps(model.files(), indent=1)
            assert live.eval(COUNT) == []
            fresh.close()
    finally:
        live.close()


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

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(SEQUENCES)
    def check(sequence: tuple[int, list[Edit], list[tuple[list[Edit], int]]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            live_through(Path(folder), vm, *sequence)

    check()
