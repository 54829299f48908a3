-- inspection: what a session has: prototypes, instances, modules, mutations that wait.
local K = ...
local prototypes, families, modules = K.prototypes, K.families, K.modules
local type, next, rawget = type, next, rawget
local M = { api = {} }
local api = M.api

local function check_self(self, name)
  if self ~= K.session then K.arguments.colon(name) end
end

local function check_prototype(value, name)
  if type(value) ~= "table" then K.arguments.wrong(1, name, "prototype", value) end
end

function api:prototypes()
  check_self(self, "prototypes")
  local names = {}
  for name in next, prototypes.by_name do names[#names + 1] = name end
  table.sort(names)
  return names
end

function api:instances(prototype, derived)
  check_self(self, "instances")
  check_prototype(prototype, "instances")
  local list, at = families.list(prototype, derived), 0
  return function()
    at = at + 1
    return list[at]
  end
end

function api:countInstances(prototype, derived)
  check_self(self, "countInstances")
  check_prototype(prototype, "countInstances")
  local _, count = families.list(prototype, derived)
  return count
end

function api:pendingMutations()
  check_self(self, "pendingMutations")
  return K.mutation.list_pending()
end

function api:loaded()
  check_self(self, "loaded")
  local keys = {}
  for i = 1, #modules.order do keys[i] = modules.order[i] end
  return keys
end

-- The name of what a prototype inherits from; false for nothing that is registered.
local function base_of(prototype)
  local record = prototypes.records[families.parent_of(prototype) or false]
  return record and record.name or false
end

local function list_prototypes()
  local out = {}
  for name, prototype in next, prototypes.by_name do
    local _, count = families.list(prototype)
    local module = prototypes.records[prototype].module or false
    out[#out + 1] = { name = name, instances = count, module = module, base = base_of(prototype) }
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return out
end

-- Who requires whom: for each module the keys of those that it required, sorted.
local function list_requires()
  local out = {}
  for i, key in next, modules.order do
    local needed = {}
    for other in next, modules.by_key[key].requires do needed[#needed + 1] = other end
    table.sort(needed)
    out[i] = { module = key, requires = needed }
  end
  return out
end

---Answers what the host shows of a session; with `is_deep`, what editors want to know of its prototypes, too.
function M.describe(is_deep)
  return {
    classes = is_deep and K.classes.list() or nil,
    prototypes = list_prototypes(), modules = api.loaded(K.session), requires = list_requires(),
    timers = rawget(K, "timers") and K.timers.list() or {}, generation = K.session.generation,
    pending = K.mutation.list_pending(), memory_kb = collectgarbage("count"),
  }
end

return M
