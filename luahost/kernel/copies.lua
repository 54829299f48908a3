-- copies: the own entries of tables, one behind the other in one list. A table for each would cost as much as thirty entries.
--
-- Of each table the list has: the table, its metatable (false: none; true: not kept), where its last entry ends, and then its keys
-- and values by turns; of `session` and `_G` only what differs from the start.
local K = ...
local beyond, base = K.written.beyond, K.written.base
local next, type, rawset, rawget, rawequal = next, type, rawset, rawget, rawequal
local getmetatable, setmetatable = K.compat.getmetatable, K.compat.setmetatable
local M = {}

local nothing = {}
local sizes = {} -- what `session` and `_G` held at the start -> how many entries that are

local function size_of(at_start)
  if not sizes[at_start] then
    sizes[at_start] = 0
    for _ in next, at_start do sizes[at_start] = sizes[at_start] + 1 end
  end
  return sizes[at_start]
end

---Appends a table behind the first `n` items; with a `depth` of more than 1 also the tables in it. `meta` is what to keep as its
---metatable. Answers how many items there are then.
local function append(list, n, t, meta, depth)
  local head = n + 3
  list[n + 1], list[n + 2], list[head] = t, meta, head
  n = head
  for k, v in next, t do
    list[n + 1], list[n + 2] = k, v
    n = n + 2
  end
  list[head] = n
  for i = head + 2, depth > 1 and n or 0, 2 do
    local v = list[i]
    if type(v) == "table" then n = append(list, n, v, getmetatable(v) or false, depth - 1) end
  end
  return n
end

local function gone() end -- stands for a value from the start that is no longer there; comparing it calls no __eq
M.gone, M.append = gone, append

local function append_gone(list, n, t, at_start)
  for k in next, at_start do
    if rawget(t, k) == nil then
      list[n + 1], list[n + 2] = k, gone
      n = n + 2
    end
  end
  return n
end

---Appends `session` or `_G`.
function M.append_shared(list, n, t)
  local head, old = n + 3
  list[n + 1], list[n + 2], list[head] = t, getmetatable(t) or false, head
  n, old = beyond(t, list, head)
  if old < size_of(base[t]) then n = append_gone(list, n, t, base[t]) end
  list[head] = n
  return n
end

local function entries_of(list, at)
  local entries = {}
  for k, v in next, base[list[at]] or nothing do entries[k] = v end
  for i = at + 3, list[at + 2], 2 do
    local v = list[i + 1]
    if v == gone then v = nil end
    entries[list[i]] = v
  end
  return entries
end

local function put_back(list, at)
  local t, meta, entries = list[at], list[at + 1], entries_of(list, at)
  for k in next, t do
    if entries[k] == nil then rawset(t, k, nil) end
  end
  for k, v in next, entries do
    if not rawequal(rawget(t, k), v) then rawset(t, k, v) end
  end
  if meta ~= true and not rawequal(getmetatable(t) or false, meta) then setmetatable(t, meta or nil) end
end

---Makes each table in the list what it was.
function M.put_back(list)
  local at = 1
  while list[at] do
    put_back(list, at)
    at = list[at + 2] + 1
  end
end

return M
