-- tables: a reloaded module's table. The old one keeps its identity and its live state, and gets the new one's code.
local K = ...
local containers, written = K.containers, K.written
local getupvalue, setupvalue, getinfo = K.compat.getupvalue, K.compat.setupvalue, K.compat.getinfo
local next, type, rawget, rawset, getmetatable, setmetatable = next, type, rawget, rawset, getmetatable, setmetatable
local M = {}

-- A plain value follows the file, or goes with it, unless the running session has changed it.
local function follow_scalars(old, new, before)
  for k, was in next, before do
    local v = rawget(new, k)
    if rawget(old, k) == was and type(v) ~= "table" and type(v) ~= "function" then rawset(old, k, v) end
  end
end

local function merge(record, old, new)
  follow_scalars(old, new, record.scalars)
  for k, v in next, new do
    local is_new_name = rawget(old, k) == nil and record.scalars[k] == nil
    if type(v) == "function" or is_new_name then rawset(old, k, v) end
  end
  local meta = getmetatable(new)
  if meta == new then meta = old end
  if getmetatable(old) ~= meta then setmetatable(old, meta) end
end

local function is_same(a, b) return a == b or (a ~= a and b ~= b) end

---Answers the value that `require` is to give from now on, and a note where the old one can't follow.
function M.follow(record, new)
  local old = record.value
  if is_same(old, new) then return old end
  if type(old) == "table" and containers.is_live(old) then
    return old, record.key .. ": the module answers another object now; the live one stays"
  end
  if type(old) == "table" and type(new) == "table" and not containers.is_live(new) then
    merge(record, old, new)
    return old
  end
  local holders = {}
  for key, other in next, K.modules.by_key do
    if other.requires[record.key] then holders[#holders + 1] = key end
  end
  table.sort(holders)
  if holders[1] then return new, record.key .. ": answers a new value; the old one is held by " .. table.concat(holders, ", ") end
  return new
end

local repoint_function

local function repoint_entries(t, from, to, visited)
  for k, v in next, t do
    if v == from then rawset(t, k, to) elseif type(v) == "function" then repoint_function(v, from, to, visited) end
  end
end

-- Points upvalues that are the new table to the old one, so that inside and outside see one table.
function repoint_function(f, from, to, visited)
  if visited[f] or getinfo(f, "S").what == "C" then return end
  visited[f] = true
  local i = 1
  while true do
    local name, v = getupvalue(f, i)
    if not name then return end
    if v == from then
      setupvalue(f, i, to)
    elseif type(v) == "function" then
      repoint_function(v, from, to, visited)
    elseif type(v) == "table" and v ~= to and name ~= "_ENV" and getmetatable(v) == nil and not visited[v] then
      visited[v] = true
      repoint_entries(v, from, to, visited)
    end
    i = i + 1
  end
end

local function repoint_registered(registry, field, run, from, to, visited)
  for _, entry in next, registry do
    if entry.run == run then
      if entry[field] == from then entry[field] = to end
      if type(entry[field]) == "function" then repoint_function(entry[field], from, to, visited) end
    end
  end
end

---Lets everything that the module's last run wrote see its old table instead of `new`.
function M.repoint(record, new)
  local old = record.value
  if type(new) ~= "table" or new == old or type(old) ~= "table" or containers.is_live(old) then return end
  local visited = { [old] = true, [new] = true }
  repoint_entries(old, new, old, visited)
  for _, container in next, containers.all() do
    for k, v in next, container do
      if v == new then rawset(container, k, old) end
    end
  end
  for _, entries in next, record.written do repoint_entries(entries, new, old, visited) end
  for _, registry in next, { K.ui.presenters, K.ui.wrappers } do repoint_registered(registry, "value", record.run, new, old, visited) end
  repoint_registered(K.timers.by_id, "target", record.run, new, old, visited)
  repoint_registered(K.hooks.by_id, "call", record.run, new, old, visited)
  written.note_scalars(record, new)
end

return M
