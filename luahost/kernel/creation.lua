-- creation: a call of `session:create` that has to be looked at more closely.
local K = ...
local sets = K.instances.sets
local metatable_of, set_metatable = K.compat.getmetatable, K.compat.setmetatable
local next, type, rawequal = next, type, rawequal
local M = {}

---Answers the set that has `instance` now, and its prototype: nearly always its metatable; applications may have changed that.
function M.set_of(instance)
  local meta = metatable_of(instance)
  local set = meta and sets[meta]
  if set and set[instance] then return set, meta end
  for prototype, other in next, sets do
    if other[instance] then return other, prototype end
  end
end

---Makes a table that has a metatable an instance of `prototype`, as old as `age` if it wasn't one; answers it. `journal` is told.
function M.move(instance, prototype, age, journal)
  local set, old = M.set_of(instance)
  if not rawequal(old, prototype) then
    if set then set[instance] = nil end
    if journal and journal[instance] == nil then journal[instance] = old or false end
    sets[prototype][instance] = age
  end
  set_metatable(instance, prototype)
  return instance
end

---Makes `instance` a tracked instance of `prototype`, if both are tables.
function M.create(self, prototype, instance)
  if self ~= K.session then K.arguments.colon("create") end
  if type(prototype) ~= "table" then K.arguments.wrong(1, "create", "prototype", prototype) end
  if instance ~= nil and type(instance) ~= "table" then K.arguments.wrong(2, "create", "table or nil", instance) end
  return K.instances.create(prototype, instance)
end

return M
