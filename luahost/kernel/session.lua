-- session: the guest's global `session`, a plain table of functions that applications may wrap and extend.
local K = ...
local create = K.instances.create
local type, next, setmetatable = type, next, setmetatable
local session = { reloading = false, generation = 0 }
K.session = session

local function check_self(self, name)
  if self ~= session then K.arguments.colon(name) end
end

session.prototype = K.prototypes.declare

function session:create(prototype, instance)
  check_self(self, "create")
  if type(prototype) ~= "table" then K.arguments.wrong(1, "create", "prototype", prototype) end
  if instance ~= nil and type(instance) ~= "table" then K.arguments.wrong(2, "create", "table or nil", instance) end
  return create(prototype, instance)
end

-- One root a session: another object takes its place, never a second one beside it.
function session:createAppVariable(object, properties)
  check_self(self, "createAppVariable")
  if type(object) ~= "table" then K.arguments.wrong(1, "createAppVariable", "table", object) end
  if properties ~= nil or K.turn.detect then K.tree.set_root(object, properties) end
  K.root.app = object
  return 1
end

function session:getApp()
  check_self(self, "getApp")
  return K.root.app
end

function session:log(level, message)
  check_self(self, "log")
  K.logs.log(level, message or "")
end

-- What few sessions call at once: a method's room is loaded when it is called first.
local later = {
  redeclaration = { "removePrototype" },
  inspection = { "prototypes", "instances", "countInstances", "pendingMutations", "loaded" },
  unloading = { "unloadModule", "unloadDirectory" },
  timers = { "setImmediate", "setTimeout", "setInterval", "clearImmediate", "clearTimeout", "clearInterval" },
  hooks = { "onReload", "onClose" },
  tree = { "createVariable", "destroyVariable", "watchProperty", "unwatchProperty", "registerPath" },
  former = { "newVersion", "getVersion", "needsMutation" },
}
for room, methods in next, later do
  for i = 1, #methods do
    local name = methods[i]
    session[name] = function(...) return K[room].api[name](...) end
  end
end

K.env.session, K.env.EMPTY = session, K.inits.EMPTY
K.env.print, K.env.require = K.later("logs", "print"), K.modules.require
K.env.ui = { log = K.later("logs", "log") }
for _, name in next, { "json_encode", "json_decode", "registerPresenter", "registerWrapper" } do K.env.ui[name] = K.later("ui", name) end
local view = { __index = K.later("loaded", "get"), __newindex = K.later("loaded", "set"), __pairs = K.later("loaded", "all") }
local loaded = setmetatable({}, view)
K.env.package = { loaded = loaded, path = "", cpath = "", preload = {} }
K.libraries.package = K.env.package
session.id, session.key = K.id, K.key
K.written.start()

return session
