-- written: which module wrote which entry of which container.
--
-- After each run of a module, what appeared in containers is noted as its own: `record.written[container][key] = value`.
-- Only in `session` values other than functions count. Whether a function stands in the module's own file is asked later, at
-- a reload. What appears while the application runs is nobody's.
local K = ...
local containers, getinfo = K.containers, K.compat.getinfo
local next, type, rawequal, setmetatable = next, type, rawequal, setmetatable
local M = { load = 1 } -- load: the number of the outermost load, which the modules that it runs bear

-- What it held: a value that the application has dropped goes.
local weak_values = { __mode = "v" }
local seen = setmetatable({}, { __mode = "k" }) -- container -> key -> value at the last look
local kernels_own = { reloading = true, generation = true, restored = true } -- fields of `session` that no module writes
local base = {} -- container -> key -> value before any module ran
local shared = setmetatable({}, { __mode = "k" }) -- entries of `seen` that are a record's `written[container]` as well

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
-- until one of them changes.
local function look_first(record, container)
  local found = {}
  for k, v in next, container do
    if type(v) == "function" then found[k] = v end
  end
  seen[container] = found
  if next(found) == nil then
    setmetatable(found, weak_values)
  else
    record.written[container], shared[found] = found, true
  end
end

---Notes the value of an entry as looked at.
local function see(container, k, v)
  local before = seen[container]
  if shared[before] then
    before = setmetatable(copy(before), weak_values)
    seen[container] = before
  end
  before[k] = v
end
M.see, M.take = see, take

local function look_at(record, container, k, v)
  if rawequal(seen[container][k], v) then return end
  if type(v) == "function" or (container == K.session and not kernels_own[k]) then
    -- A module that is still running takes what is its own when it ends; what has another's function borrowed it.
    if M.is_own(record, v) or not is_running(v) then
      see(container, k, v)
      take(record, container, k, v)
    end
  elseif container == K.env then
    take_global(record, k)
    see(container, k, v)
  end
end

local function look(record, container)
  if not seen[container] then return look_first(record, container) end
  for k, v in next, container do look_at(record, container, k, v) end
end

-- `session` and `_G`, most of which is as it was at the start: that is seen without a call for each entry. No guest's __eq can
-- run, since two tables are never compared here.
local function look_beyond_start(record, container)
  local at_start, before, is_given = base[container], seen[container], containers.given()
  for k, v in next, container do
    local was = at_start[k]
    if was == nil or is_given[was] or was ~= v or before[k] ~= v then look_at(record, container, k, v) end
  end
end

local function look_at_shared(record)
  look_beyond_start(record, K.session)
  look_beyond_start(record, K.env)
  containers.each_named(function(t) look(record, t) end)
end

local function look_at_declared(record)
  for prototype in next, record.declared do look(record, prototype) end
end

---Notes what appeared in `session` and `_G` so far, before another module runs within the current one.
function M.flush()
  local record = K.modules.by_key[K.modules.current]
  if record then
    look_beyond_start(record, K.session)
    look_beyond_start(record, K.env)
  elseif not K.loads.has_run then
    K.seen.pass_over_shared()
  end
end

local function look_at_all(record)
  local all = containers.all()
  for i = 1, #all do look(record, all[i]) end
  K.seen.prune(all)
end

---Notes what a module's run wrote. `everywhere` looks at all containers, not only at those it is likely to have touched.
function M.note(record, everywhere)
  if everywhere then
    look_at_all(record)
  else
    look_at_shared(record)
    look_at_declared(record)
    if next(record.requires) ~= nil then K.extensions.look_at_required(record) end
  end
  local value = record.value
  if type(value) == "table" and not containers.is_live(value) then
    look(record, value)
    M.note_scalars(record, value)
  end
  if next(K.prototypes.moved) ~= nil then K.ownership.settle_moved(record) end
end

---Remembers the plain values that a module's table was made with: a reload tells from them what the session changed.
function M.note_scalars(record, value)
  local scalars = {}
  for k, v in next, value do
    if type(v) ~= "table" and type(v) ~= "function" then scalars[k] = v end
  end
  record.scalars = scalars
end

return M
