-- session: the guest's global `session`, a plain table of functions that applications may wrap and extend.
local K = ...
local session

local function check_self(self, name)
  if self ~= session then K.arguments.colon(name) end
end

-- One root a session: another object takes its place, never a second one beside it.
local function create_app_variable(self, object, properties)
  check_self(self, "createAppVariable")
  if type(object) ~= "table" then K.arguments.wrong(1, "createAppVariable", "table", object) end
  if properties ~= nil or K.turn.detect then K.tree.set_root(object, properties) end
  K.root.app = object
  return 1
end

local function get_app(self)
  check_self(self, "getApp")
  return K.root.app
end

session = fill_later({
  reloading = false, generation = 0, id = K.id, key = K.key,
  prototype = K.prototypes.declare, create = K.instances.create_checked, createAppVariable = create_app_variable, getApp = get_app,
}, "session")

return session
