-- tables: a reloaded module's table. The old one keeps its identity and its live state, and gets the new one's code.
local K = ...
local containers = K.containers
local getupvalue, setupvalue, getinfo = K.compat.getupvalue, K.compat.setupvalue, K.compat.getinfo
local next, type, rawget, rawset, rawequal, select = next, type, rawget, rawset, rawequal, select
local getmetatable, setmetatable = K.compat.getmetatable, K.compat.setmetatable
local M = {}

local MAX_REACHED = 10000

local function is_same(a, b) return rawequal(a, b) or (type(a) == "number" and a ~= a and b ~= b) end

-- A plain value follows the file, or goes with it, unless the running session has changed it.
local function follow_scalars(old, new, before)
  for k, was in next, before do
    local v = rawget(new, k)
    if is_same(rawget(old, k), was) and type(v) ~= "table" and type(v) ~= "function" then rawset(old, k, v) end
  end
end

-- The entry is new, code, or a plain value that the session hasn't touched.
local function is_the_files(record, k, now)
  local was = record.scalars[k]
  if was ~= nil then return is_same(now, was) end
  return now == nil or type(now) == "function"
end

local function merge(record, old, new)
  follow_scalars(old, new, record.scalars)
  for k, v in next, new do
    if type(v) == "function" or is_the_files(record, k, rawget(old, k)) then rawset(old, k, v) end
  end
  local meta = getmetatable(new)
  if rawequal(meta, new) then meta = old end
  if not rawequal(getmetatable(old), meta) then setmetatable(old, meta) end
end

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

-- What the new code reaches: functions of the application by their upvalues, plain tables by their entries.
local function new_work(...)
  local work = { visited = { [K.env] = true, [K.session] = true } }
  for library in next, containers.given do work.visited[library] = true end
  for i = 1, select("#", ...) do work.visited[select(i, ...)] = true end
  return work
end

local function push(work, v)
  local kind = type(v)
  if (kind == "table" or kind == "function") and not work.visited[v] then
    work.visited[v], work[#work + 1] = true, v
  end
end

local function repoint_entries(t, from, to, work)
  for k, v in next, t do
    if rawequal(v, from) then rawset(t, k, to) else push(work, v) end
  end
end

local function repoint_table(t, from, to, work)
  local meta = getmetatable(t)
  if rawequal(meta, from) then setmetatable(t, to) elseif meta ~= nil then return end
  repoint_entries(t, from, to, work)
end

local function repoint_function(f, from, to, work)
  local source, i = getinfo(f, "S").source, 1
  if source == "=[C]" or source == "=?" or source == "=kernel" then return end
  while true do
    local name, v = getupvalue(f, i)
    if not name then return end
    if rawequal(v, from) then setupvalue(f, i, to) elseif name ~= "_ENV" then push(work, v) end
    i = i + 1
  end
end

-- In a loop, not by recursion: a list may be as deep as it is long.
local function repoint_reached(work, from, to)
  local at = 1
  while work[at] and at <= MAX_REACHED do
    local v = work[at]
    if type(v) == "function" then repoint_function(v, from, to, work) else repoint_table(v, from, to, work) end
    at = at + 1
  end
end

local function repoint_registered(registry, field, run, from, to, work)
  for _, entry in next, registry do
    if entry.run == run then
      if rawequal(entry[field], from) then entry[field] = to end
      push(work, entry[field])
    end
  end
end

local function repoint_containers(from, to)
  local list = {}
  K.copies.append_shared(list, 0, K.env)
  for _, container in next, K.inventory.all(K.inventory.named(list, 1)) do
    for k, v in next, container do
      if rawequal(v, from) then rawset(container, k, to) end
    end
  end
end

---Lets everything that the module's last run wrote see its old table instead of `new`.
function M.repoint(record, new)
  local old, run = record.value, record.run
  if type(new) ~= "table" or type(old) ~= "table" or rawequal(new, old) or containers.is_live(old) then return end
  local work = new_work(old, new)
  for _, v in next, new do push(work, v) end
  repoint_containers(new, old)
  local meta = getmetatable(old)
  if meta then repoint_entries(meta, new, old, work) end
  for _, entries in next, record.written do repoint_entries(entries, new, old, work) end
  for _, registry in next, { K.ui.presenters, K.ui.wrappers } do repoint_registered(registry, "value", run, new, old, work) end
  repoint_registered(K.timers.by_id, "target", run, new, old, work)
  repoint_registered(K.hooks.by_id, "call", run, new, old, work)
  repoint_reached(work, new, old)
  K.inventory.note_scalars(record, new)
end

return M
