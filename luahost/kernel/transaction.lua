-- transaction: what a load may change, kept one level deep, so that after an error nothing of the load is left.
--
-- Kept are the kernel's registries and the own entries of every container. What top-level code did to other live objects, to
-- the standard library or to coroutines is not undone.
local K = ...
local inventory, instances = K.inventory, K.instances
local next, type, rawset, rawget, rawequal = next, type, rawset, rawget, rawequal
local getmetatable, setmetatable = getmetatable, setmetatable
local M = {}

local registries -- a list of a registry, and of the depth to which it is the kernel's own

local function find_registries()
  local p, m = K.prototypes, K.modules
  registries = {
    p.by_name, 1, p.records, 2, p.queue, 2, p.queued, 1, p.pending, 3, p.hidden, 1, p.moved, 1,
    m.by_key, 3, m.order, 1, m.aliases, 1, m.given, 1, instances.sets, 1,
    K.ui.presenters, 2, K.ui.wrappers, 2, K.ui.view_definitions, 2, K.timers.by_id, 2, K.hooks.by_id, 2, K.root, 1,
  }
end

local none = {}

-- Appends a table, a copy of its entries, and its metatable; then the same of the tables in it.
local function keep(kept, t, depth)
  local n, entries = #kept, next(t) ~= nil and {} or none
  kept[n + 1], kept[n + 2], kept[n + 3] = t, entries, getmetatable(t) or false
  for k, v in next, t do
    entries[k] = v
    if depth > 1 and type(v) == "table" then keep(kept, v, depth - 1) end
  end
end

local function put_back(t, entries, meta)
  for k in next, t do
    if entries[k] == nil then rawset(t, k, nil) end
  end
  for k, v in next, entries do
    if not rawequal(rawget(t, k), v) then rawset(t, k, v) end
  end
  if not rawequal(getmetatable(t) or false, meta) then setmetatable(t, meta or nil) end
end

-- What was made of the tree while the rooms for that were not there yet goes, too.
local function revert_tree(transaction)
  K.changes.take_back(transaction.entries)
  K.variables.revert(transaction)
  if rawget(K, "observers") then K.observers.revert(transaction.observers) end
end

---Keeps everything as it is now. `inline`: code that works on live objects, which may hold instances that it made.
function M.open(inline)
  local kept, all = {}, inventory.all()
  if not registries then find_registries() end
  for i = 1, #registries, 2 do keep(kept, registries[i], registries[i + 1]) end
  local changes, variables, observers = rawget(K, "changes"), rawget(K, "variables"), rawget(K, "observers")
  if observers then keep(kept, observers.by_id, 2) end
  if variables then keep(kept, variables.paths, 1) end
  for i = 1, #all do keep(kept, all[i], 1) end
  return {
    kept = kept, containers = all, journal = instances.new_set(), inline = inline, undo = {},
    entries = changes and changes.entries() or 0, observers = observers and observers.last_id() or 0,
  }
end

---Puts everything back as it was when the transaction was opened.
function M.revert(transaction)
  instances.keep_journal(nil)
  K.families.revert(transaction.journal, transaction.inline)
  local kept = transaction.kept
  for i = 1, #kept, 3 do put_back(kept[i], kept[i + 1], kept[i + 2]) end
  K.timers.rebuild()
  K.ui.mark()
  if rawget(K, "variables") then revert_tree(transaction) end
end

return M
