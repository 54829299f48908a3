-- transaction: what a load may change, kept one level deep, so that after an error nothing of the load is left.
--
-- Kept are the kernel's registries and the own entries of every container. What top-level code did to other live objects, to
-- the standard library or to coroutines is not undone.
local K = ...
local inventory, instances, copies = K.inventory, K.instances, K.copies
local append, append_shared = copies.append, copies.append_shared
local rawget, getmetatable = rawget, K.compat.getmetatable
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

-- What was made of the tree while the rooms for that were not there yet goes, too.
local function revert_tree(transaction)
  K.changes.take_back(transaction.entries)
  K.variables.revert(transaction)
  if rawget(K, "observers") then K.observers.revert(transaction.observers) end
end

local function keep_registries(kept)
  local n = 0
  if not registries then find_registries() end
  for i = 1, #registries, 2 do n = append(kept, n, registries[i], true, registries[i + 1]) end
  if rawget(K, "observers") then n = append(kept, n, K.observers.by_id, true, 2) end
  if rawget(K, "variables") then n = append(kept, n, K.variables.paths, true, 1) end
  return n
end

-- Answers where the copies of the containers begin.
local function keep_containers(kept, n)
  local first = n + 1
  n = append_shared(kept, n, K.session)
  local at = n + 1
  n = append_shared(kept, n, K.env)
  local all = inventory.all(inventory.named(kept, at))
  for i = 3, #all do n = append(kept, n, all[i], getmetatable(all[i]) or false, 1) end
  return first
end

---Keeps everything as it is now. `inline`: code that works on live objects, which may hold instances that it made.
function M.open(inline)
  local kept = {}
  local changes, observers = rawget(K, "changes"), rawget(K, "observers")
  return {
    kept = kept, containers = keep_containers(kept, keep_registries(kept)), journal = instances.new_set(), inline = inline,
    undo = {}, entries = changes and changes.entries() or 0, observers = observers and observers.last_id() or 0,
  }
end

---Puts everything back as it was when the transaction was opened.
function M.revert(transaction)
  instances.keep_journal(nil)
  K.families.revert(transaction.journal, transaction.inline)
  copies.put_back(transaction.kept)
  K.written.is_stale = true
  K.timers.rebuild()
  K.ui.mark()
  if rawget(K, "variables") then revert_tree(transaction) end
end

return M
