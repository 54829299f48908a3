-- creation: a call of `session:create` that has to be looked at more closely.
local K = ...
local type = type
local M = {}

---Makes `instance` a tracked instance of `prototype`, if both are tables.
function M.create(self, prototype, instance)
  if self ~= K.session then K.arguments.colon("create") end
  if type(prototype) ~= "table" then K.arguments.wrong(1, "create", "prototype", prototype) end
  if instance ~= nil and type(instance) ~= "table" then K.arguments.wrong(2, "create", "table or nil", instance) end
  return K.instances.create(prototype, instance)
end

return M
