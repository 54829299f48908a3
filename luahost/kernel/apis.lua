-- apis: what the guest's `session`, `ui` and libraries hold besides what nearly every session uses.
local K = ...
local later = K.later
local next, rawget, rawset, setmetatable = next, rawget, rawset, setmetatable
local M = {}

local makers, made = {}, {}

-- Rooms have what they add to `session` as `api`; each is loaded when a function of it is called first.
local rooms = {
  redeclaration = { "removePrototype" },
  inspection = { "prototypes", "instances", "countInstances", "pendingMutations", "loaded" },
  unloading = { "unloadModule", "unloadDirectory" },
  timers = { "setImmediate", "setTimeout", "setInterval", "clearImmediate", "clearTimeout", "clearInterval" },
  hooks = { "onReload", "onClose" },
  tree = { "createVariable", "destroyVariable", "watchProperty", "unwatchProperty", "registerPath" },
  snapshots = { "persist", "restore", "transient" },
  former = { "newVersion", "getVersion", "needsMutation" },
}

local function of_room(room, name)
  return function(...) return K[room].api[name](...) end
end

local function log(self, level, message)
  if self ~= K.session then K.arguments.colon("log") end
  K.logs.log(level, message or "")
end

function makers.session()
  local all = { log = log }
  for room, names in next, rooms do
    for _, name in next, names do all[name] = of_room(room, name) end
  end
  -- They were there before any module ran.
  for k, v in next, all do K.written.base[K.session][k] = v end
  return all
end

function makers.ui()
  local all = { log = later("logs", "log") }
  for _, name in next, { "json_encode", "json_decode", "registerPresenter", "registerWrapper", "registerViewDefinition" } do
    all[name] = later("ui", name)
  end
  return all
end

function makers.package()
  local view = { __index = later("loaded", "get"), __newindex = later("loaded", "set"), __pairs = later("loaded", "all") }
  return { loaded = setmetatable({}, view), path = "", cpath = "", preload = {} }
end

-- What a hook can't interrupt has a checked version, which comes in its place at the first call.
local function guarded(library, room, names)
  local all = {}
  for _, name in next, names do
    local function stand_in(...)
      local checked = K[room][name]
      if library[name] == stand_in then library[name] = checked end
      return checked(...)
    end
    all[name] = stand_in
  end
  return all
end

function makers.string()
  return guarded(K.libraries.string, "guards", { "find", "match", "gmatch", "gsub", "rep", string.pack and "pack" })
end

function makers.table()
  local names = not K.grants.trusted and { "concat", "insert", "remove", "sort", "unpack", table.move and "move" }
  local all = guarded(K.libraries.table, "table_guards", names or {})
  all.getn = later("guest", "getn")
  return all
end

function makers.math() return { pow = later("guest", "pow") } end

function makers.coroutine()
  return { resume = later("coroutines", "resume"), wrap = later("coroutines", "wrap"), close = later("coroutines", "close") }
end

---Puts in what a table still lacks. A load that is taken back may take it out again; it is the same the next time. A turn may be
---ended here: then the next one goes on.
function M.fill(t, name)
  made[name] = made[name] or makers[name]()
  for k, v in next, made[name] do
    if rawget(t, k) == nil then rawset(t, k, v) end
  end
  setmetatable(t, nil)
end

return M
