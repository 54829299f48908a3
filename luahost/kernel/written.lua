-- written: which module wrote which entry of which container.
--
-- After each run of a module, what appeared in containers is noted as its own: `record.written[container][key] = value`.
-- Only in `session` values other than functions count. Whether a function stands in the module's own file is asked later, at
-- a reload. What appears while the application runs is nobody's.
local K = ...
local containers, getinfo = K.containers, K.compat.getinfo
local given = containers.given
-- load: the number of the outermost load, which the modules that it runs bear; is_stale: a load was taken back since all containers
-- were last looked at
local M = { load = 1 }

-- What it held: a value that the application has dropped goes.
local weak_values = { __mode = "v" }
local seen = setmetatable({}, { __mode = "k" }) -- container -> key -> value at the last look
local kernels_own = { reloading = true, generation = true, restored = true } -- fields of `session` that no module writes
local base = {} -- container -> key -> value before any module ran

M.seen, M.base = seen, base

local function copy(t)
  local out = {}
  for k, v in next, t do out[k] = v end
  return out
end

local function start(container, at_start)
  base[container], seen[container] = at_start, setmetatable({}, { __index = at_start, __mode = "v" })
end

---Remembers what `session` and `_G` hold before any module runs; of `_G` it takes the copy.
function M.start(env, env_at_start)
  start(K.session, copy(K.session))
  start(env, env_at_start)
end

---Answers whether `f` was written in the module's file (or in the one that its link led to before).
function M.is_own(record, f)
  if type(f) ~= "function" then return true end
  local source = getinfo(f, "S").source
  return source == "@" .. record.key or (record.former_key ~= nil and source == "@" .. record.former_key)
end

local function is_running(f)
  local record = K.modules.by_key[getinfo(f, "S").source:sub(2)]
  return record and record.is_running
end

-- What a module assigned to globals, other than functions: a reload that doesn't do it again has a note for it.
local function take_global(record, name)
  if type(name) ~= "string" then return end
  record.globals = record.globals or {}
  record.globals[name] = true
end

---Notes an entry as the module's.
local function take(record, container, k, v)
  local written = record.written[container]
  if not written then
    written = {}
    record.written[container] = written
  end
  written[k] = v
end

-- Nobody looked at this container yet: all its functions are this run's. What was seen and what was written are one table
-- until one of them changes: that is the one in `seen` without a metatable.
local function look_first(record, container)
  local found = { a = nil, b = nil, c = nil, d = nil } -- has room for four at once
  for k, v in next, container do
    if type(v) == "function" then found[k] = v end
  end
  seen[container] = found
  if next(found) == nil then
    setmetatable(found, weak_values)
  else
    record.written[container] = found
  end
end

---Notes the value of an entry as looked at.
local function see(container, k, v)
  local before = seen[container]
  if getmetatable(before) == nil then
    before = setmetatable(copy(before), weak_values)
    seen[container] = before
  end
  before[k] = v
end
M.see, M.take = see, take

local function look_at(record, container, k, v)
  if rawequal(seen[container][k], v) then return end
  local is_shared = base[container] ~= nil
  if type(v) == "function" or (is_shared and rawequal(container, K.session) and not kernels_own[k]) then
    -- A module that is still running takes what is its own when it ends; what has another's function borrowed it.
    if M.is_own(record, v) or not is_running(v) then
      see(container, k, v)
      take(record, container, k, v)
    end
  elseif is_shared and rawequal(container, K.env) then
    take_global(record, k)
    see(container, k, v)
  end
end

local function look(record, container)
  if not seen[container] then return look_first(record, container) end
  for k, v in next, container do look_at(record, container, k, v) end
end

---Appends what `session` or `_G` holds now and didn't at the start to the first `n` items of a list, keys and values by turns.
---Answers how many items there are then, and how many of the keys from the start are still there.
function M.beyond(container, list, n)
  local at_start, old = base[container], 0
  for k, v in next, container do
    local was = at_start[k]
    local name = given[was]
    old = old + 1
    if name ~= given[v] or not name and was ~= v then
      list[n + 1], list[n + 2] = k, v
      n = n + 2
      if was == nil then old = old - 1 end
    end
  end
  return n, old
end

-- `session` and `_G`: what is as at the start needs no look, unless it was seen otherwise in between. New plain tables are added to
-- `named`.
local function look_beyond_start(record, container, named)
  local list = {}
  for i = 1, (M.beyond(container, list, 0)), 2 do
    local v = list[i + 1]
    look_at(record, container, list[i], v)
    if named and containers.is_named(v) then named[#named + 1] = v end
  end
  for k in next, seen[container] do
    local v = rawget(container, k)
    if v ~= nil then look_at(record, container, k, v) end
  end
end
M.look, M.look_beyond_start = look, look_beyond_start

local function look_where_likely(record)
  local named = {}
  look_beyond_start(record, K.session)
  look_beyond_start(record, K.env, named)
  for i = 1, #named do look(record, named[i]) end
  for prototype in next, record.declared do look(record, prototype) end
  if next(record.requires) ~= nil then K.extensions.look_at_required(record) end
end

---Notes what a module's run wrote. `everywhere` looks at all containers, not only at those it is likely to have touched.
function M.note(record, everywhere)
  if everywhere then K.inventory.look_everywhere(record) else look_where_likely(record) end
  if type(record.value) == "table" then K.inventory.look_at_value(record) end
  if next(K.prototypes.moved) ~= nil then K.ownership.settle_moved(record) end
end

return M
