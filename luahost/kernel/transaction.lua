-- transaction: what a load may change, kept one level deep, so that after an error nothing of the load is left.
--
-- Kept are the kernel's registries and the own entries of every container. What top-level code did to other live objects, to
-- the standard library or to coroutines is not undone.
local K = ...
local containers, instances = K.containers, K.instances
local next, type, rawset, rawget, rawequal = next, type, rawset, rawget, rawequal
local getmetatable, setmetatable = getmetatable, setmetatable
local M = {}

-- The registries, each with the depth to which it is the kernel's own.
local function registries()
  local p, m, observers, variables = K.prototypes, K.modules, rawget(K, "observers"), rawget(K, "variables")
  local list = {
    { p.by_name, 1 }, { p.records, 2 }, { p.queue, 2 }, { p.queued, 1 }, { p.pending, 3 }, { p.hidden, 1 }, { p.moved, 1 },
    { m.by_key, 3 }, { m.order, 1 }, { m.aliases, 1 }, { m.given, 1 }, { instances.sets, 1 },
    { K.ui.presenters, 2 }, { K.ui.wrappers, 2 }, { K.timers.by_id, 2 }, { K.hooks.by_id, 2 }, { K.root, 1 },
  }
  if observers then list[#list + 1] = { observers.by_id, 2 } end
  if variables then list[#list + 1] = { variables.paths, 1 } end
  return list
end

local function keep(t, depth)
  local entries, deeper = {}, nil
  for k, v in next, t do
    entries[k] = v
    if depth > 1 and type(v) == "table" then
      deeper = deeper or {}
      deeper[#deeper + 1] = keep(v, depth - 1)
    end
  end
  return { table = t, entries = entries, meta = getmetatable(t), deeper = deeper }
end

local function put_back(kept)
  local t, entries = kept.table, kept.entries
  for k in next, t do
    if entries[k] == nil then rawset(t, k, nil) end
  end
  for k, v in next, entries do
    if not rawequal(rawget(t, k), v) then rawset(t, k, v) end
  end
  if not rawequal(getmetatable(t), kept.meta) then setmetatable(t, kept.meta) end
  for _, deeper in next, kept.deeper or {} do put_back(deeper) end
end

-- What was made of the tree while the rooms for that were not there yet goes, too.
local function revert_tree(transaction)
  K.changes.take_back(transaction.entries)
  K.variables.revert(transaction)
  if rawget(K, "observers") then K.observers.revert(transaction.observers) end
end

---Keeps everything as it is now. `inline`: code that works on live objects, which may hold instances that it made.
function M.open(inline)
  local kept = {}
  for _, registry in next, registries() do kept[#kept + 1] = keep(registry[1], registry[2]) end
  for _, container in next, containers.all() do kept[#kept + 1] = keep(container, 1) end
  local changes, observers = rawget(K, "changes"), rawget(K, "observers")
  return {
    kept = kept, journal = instances.new_set(), inline = inline, undo = {},
    entries = changes and changes.entries() or 0, observers = observers and observers.last_id() or 0,
  }
end

---Puts everything back as it was when the transaction was opened.
function M.revert(transaction)
  instances.keep_journal(nil)
  K.families.revert(transaction.journal, transaction.inline)
  for _, kept in next, transaction.kept do put_back(kept) end
  K.timers.rebuild()
  if rawget(K, "variables") then revert_tree(transaction) end
end

return M
