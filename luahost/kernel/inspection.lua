-- inspection: what a session has: prototypes, instances, modules, mutations that wait.
local K = ...
local prototypes, families, modules = K.prototypes, K.families, K.modules
local type, next = type, next
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

---Answers what the host shows of a session.
function M.describe()
  local out = {}
  for name, prototype in next, prototypes.by_name do
    local _, count = families.list(prototype)
    out[#out + 1] = { name = name, instances = count, module = prototypes.records[prototype].module or false }
  end
  table.sort(out, function(a, b) return a.name < b.name end)
  return {
    prototypes = out, modules = api.loaded(K.session), generation = K.session.generation,
    pending = K.mutation.list_pending(), memory_kb = collectgarbage("count"),
  }
end

return M
