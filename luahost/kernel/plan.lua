-- plan: which modules a reload runs again, and in which order.
local K = ...
local modules = K.modules
local by_key = modules.by_key
local next = next
local M = {}

---Puts modules that came while `key` ran again before it in the load order, as in a first load: those at the end that aren't `known`
---and began to run later.
function M.place(key, run, known)
  local order, came = modules.order, {}
  for i = #order, 1, -1 do
    local record = by_key[order[i]]
    if known[order[i]] == record or record.run <= run then break end
    came[#came + 1] = table.remove(order, i)
  end
  local at = #order + 1
  for i = 1, #order do
    if order[i] == key then at = i end
  end
  for i = 1, #came do table.insert(order, at, came[i]) end
end

-- Adds whoever requires a planned module, over any number of steps.
local function add_requirers(due)
  local grown = true
  while grown do
    grown = false
    for key, record in next, by_key do
      for needed in next, record.requires do
        if due[needed] and not due[key] then due[key], grown = true, true end
      end
    end
  end
end

local function shares_entry(below, above)
  for container, entries in next, below.written do
    for k in next, above.written[container] or {} do
      if entries[k] ~= nil then return true end
    end
  end
  return false
end

---Adds the modules that wrote over entries of a planned one: they lie over it, and must again.
function M.add_overlying(due)
  local order = modules.order
  for i = 1, #order do
    for j = i + 1, due[order[i]] and #order or 0 do
      if not due[order[j]] and shares_entry(by_key[order[i]], by_key[order[j]]) then due[order[j]] = true end
    end
  end
end

-- Modules behind those that they required while loading, then in load order.
local function ordered(due)
  local out, visited = {}, {}
  local function visit(key)
    if visited[key] or not by_key[key] then return end
    visited[key] = true
    for _, other in next, modules.order do
      if by_key[key].requires[other] then visit(other) end
    end
    if due[key] then out[#out + 1] = key end
  end
  for _, key in next, modules.order do visit(key) end
  return out
end

---Answers the keys that are to run, in order, and as a set.
function M.make(keys, cascade)
  local due = {}
  for i = 1, #keys do
    if by_key[keys[i]] then due[keys[i]] = true end
  end
  if cascade then add_requirers(due) end
  M.add_overlying(due)
  return ordered(due), due
end

return M
