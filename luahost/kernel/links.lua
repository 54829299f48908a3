-- links: a name whose link leads to another file now. Its module goes on under the new file's key, and runs that file.
local K, host = ...
local modules = K.modules
local by_key, order, aliases = modules.by_key, modules.order, modules.aliases
local next, rawget = next, rawget
local M = {}

---Answers the names that mean another file than the one that is loaded: `{ name, old key, new key }` each.
function M.moved()
  local out = {}
  for name, key in next, aliases do
    local now = host(K.ops.relocate, name)
    if now and now ~= key and by_key[key] then out[#out + 1] = { name, key, now } end
  end
  return out
end

local function rename(entries, old, new)
  for _, entry in next, entries do
    if entry.module == old then entry.module = new end
  end
end

local function rekey(old, new)
  local record = by_key[old]
  by_key[old], by_key[new] = nil, record
  record.key, record.former_key, record.version = new, old, nil
  for i = 1, #order do
    if order[i] == old then order[i] = new end
  end
  for _, other in next, by_key do
    if other.requires[old] then other.requires[old], other.requires[new] = nil, true end
  end
  for _, entries in next, { K.prototypes.records, K.ui.presenters, K.ui.wrappers, K.ui.view_definitions, K.timers.by_id, K.hooks.by_id } do
    rename(entries, old, new)
  end
  if rawget(K, "observers") then rename(K.observers.by_id, old, new) end
end

---Lets a name mean its new file; answers the key that is to run.
function M.follow(move)
  local name, old, new = move[1], move[2], move[3]
  aliases[name] = new
  if by_key[old] and not by_key[new] then rekey(old, new) end
  return new
end

return M
