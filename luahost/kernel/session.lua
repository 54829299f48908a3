-- session: the guest's global `session`, a plain table of functions that applications may wrap and extend.
local K = ...
local create = K.instances.create
local type = type
local session

local function check_self(self, name)
  if self ~= session then K.arguments.colon(name) end
end

local function create_instance(self, prototype, instance)
  check_self(self, "create")
  if type(prototype) ~= "table" then K.arguments.wrong(1, "create", "prototype", prototype) end
  if instance ~= nil and type(instance) ~= "table" then K.arguments.wrong(2, "create", "table or nil", instance) end
  return create(prototype, instance)
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

local function log(self, level, message)
  check_self(self, "log")
  K.logs.log(level, message or "")
end

-- What few sessions call at once: the room that has it as `api` is loaded when it is called first.
local function later(room, name)
  return function(...) return K[room].api[name](...) end
end

session = {
  reloading = false, generation = 0, id = K.id, key = K.key,
  prototype = K.prototypes.declare, create = create_instance, createAppVariable = create_app_variable, getApp = get_app, log = log,
  removePrototype = later("redeclaration", "removePrototype"),
  prototypes = later("inspection", "prototypes"), instances = later("inspection", "instances"),
  countInstances = later("inspection", "countInstances"), pendingMutations = later("inspection", "pendingMutations"),
  loaded = later("inspection", "loaded"),
  unloadModule = later("unloading", "unloadModule"), unloadDirectory = later("unloading", "unloadDirectory"),
  setImmediate = later("timers", "setImmediate"), setTimeout = later("timers", "setTimeout"),
  setInterval = later("timers", "setInterval"), clearImmediate = later("timers", "clearImmediate"),
  clearTimeout = later("timers", "clearTimeout"), clearInterval = later("timers", "clearInterval"),
  onReload = later("hooks", "onReload"), onClose = later("hooks", "onClose"),
  createVariable = later("tree", "createVariable"), destroyVariable = later("tree", "destroyVariable"),
  watchProperty = later("tree", "watchProperty"), unwatchProperty = later("tree", "unwatchProperty"),
  registerPath = later("tree", "registerPath"),
  persist = later("snapshots", "persist"), restore = later("snapshots", "restore"), transient = later("snapshots", "transient"),
  newVersion = later("former", "newVersion"), getVersion = later("former", "getVersion"),
  needsMutation = later("former", "needsMutation"),
}

return session
