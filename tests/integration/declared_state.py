"""What can be looked up in a session of what its files declare, and the instances that a test keeps there."""

from __future__ import annotations

from typing import Any

from site_edits import GLOBALS, Model

from luahost import Session

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
