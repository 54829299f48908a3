"""All that code in a session, and Python outside it, can see of the session's state."""

from __future__ import annotations

from typing import Any

from luahost import Session

# Objects are shown by numbers that are given at first sight, so that another object in an old one's place is seen.
SHOW = """
do
  local numbers, last = setmetatable({}, { __mode = 'k' }), 0
  local function show(v)
    local kind = type(v)
    if v == nil or kind == 'string' or kind == 'number' or kind == 'boolean' then return kind .. ' ' .. tostring(v) end
    if not numbers[v] then
      last = last + 1
      numbers[v] = last
    end
    return kind .. ' #' .. numbers[v]
  end
  local function entries(t)
    local out = { ['(metatable)'] = show(getmetatable(t)), ['(self)'] = show(t) }
    for k, v in next, t do out[type(k) == 'string' and k or show(k)] = show(v) end
    return out
  end
  local function each_prototype(visit)
    local out = {}
    for _, name in ipairs(session:prototypes()) do out[name] = visit(session:prototype(name)) end
    return out
  end
  local function of_instances(prototype)
    local out = {}
    for instance in session:instances(prototype) do out[show(instance)] = entries(instance) end
    return out
  end
  local function named_tables()
    local out = {}
    for k, v in next, _G do
      if type(v) == 'table' and v ~= _G and v ~= package then out[k] = entries(v) end
    end
    return out
  end
  local function modules()
    local out = {}
    for name, value in pairs(package.loaded) do
      out[name] = type(value) == 'table' and value ~= _G and entries(value) or show(value)
    end
    return out
  end
  function visible_state()
    return {
      prototypes = each_prototype(entries), instances = each_prototype(of_instances),
      counts = each_prototype(function(p) return session:countInstances(p) end),
      derived = each_prototype(function(p) return session:countInstances(p, true) end),
      globals = entries(_G), tables = named_tables(), session = entries(session), modules = modules(),
      order = session:loaded(), app = show(session:getApp()), pending = session:pendingMutations(),
    }
  end
end
"""


def watch_state(session: Session) -> None:
    """Prepares a session for `visible_state`."""
    session.execute(SHOW, name="=(state)")


def visible_state(session: Session) -> dict[str, Any]:
    """Returns what can be seen of a session, as plain data that compares."""
    state: dict[str, Any] = session.eval("return visible_state()")
    return {**state, "generation": session.generation}
