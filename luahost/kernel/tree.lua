-- tree: what application code does with variables, and the moment from which there is a tree: the first peer, or the first call here.
local K, host = ...
local variables = K.variables
local type = type
local M = {}

local MOST_ROUNDS = 10
local is_held = false -- while the host has more to do in the same turn

-- Who is told of changes may call in and make others; code that computes variables may begin timers.
local function detect(settle)
  local turn, rounds = K.turn, 0
  if is_held then return end
  repeat
    turn.was_entered, rounds = false, rounds + 1
    variables.root().own = K.root.app
    K.detection.run()
  until not turn.was_entered or rounds == MOST_ROUNDS
  if turn.unsettled then settle() end
end

---Makes the app variable, and lets changes be looked for at the end of each turn.
function M.open()
  if K.turn.detect then return end
  variables.create(1, nil, { value = K.root.app })
  K.turn.detect, is_held = detect, host(K.ops.tree)
end

---Puts looking for changes off until the host has done all that it does in this turn, or no longer.
function M.hold(is_on) is_held = is_on end

local function check_self(self, name)
  if self ~= K.session then K.arguments.colon(name) end
end

local function check_properties(name, at, given)
  if given == nil then return end
  if type(given) ~= "table" then K.arguments.wrong(at, name, "table or nil", given) end
end

local function find(value)
  if type(value) == "table" then return variables.holding(value) end
  return variables.by_id[value]
end

---Takes the object, and the properties, that are variable 1's from now on.
function M.set_root(object, given)
  check_properties("createAppVariable", 2, given)
  M.open()
  if given then K.refusals.guarded(variables.set_properties, variables.root(), given) end
  K.root.app, variables.root().own = object, object
end

local api = {}

function api:createVariable(parent, object, given)
  check_self(self, "createVariable")
  M.open()
  local above = find(parent)
  if not above then K.arguments.wrong(1, "createVariable", "id of a variable, or object that has one", parent) end
  check_properties("createVariable", 3, given)
  return K.refusals.guarded(variables.create_own, above, { value = object, properties = given }).id
end

function api:destroyVariable(value)
  check_self(self, "destroyVariable")
  local node = find(value)
  if value == 1 or node and node.id == 1 then K.arguments.refuse("variable 1 is the app: it goes with the session") end
  if node then variables.destroy(node) end
end

function api:watchProperty(id, property, f)
  check_self(self, "watchProperty")
  M.open()
  local node = find(id)
  if not node then K.arguments.wrong(1, "watchProperty", "id of a variable, or object that has one", id) end
  if type(property) ~= "string" then K.arguments.wrong(2, "watchProperty", "string", property) end
  if type(f) ~= "function" then K.arguments.wrong(3, "watchProperty", "function", f) end
  return K.observers.watch(node, property, f)
end

function api:unwatchProperty(handle)
  check_self(self, "unwatchProperty")
  K.observers.unwatch(handle)
end

function api:registerPath(path, value)
  check_self(self, "registerPath")
  M.open()
  if type(path) ~= "string" then K.arguments.wrong(1, "registerPath", "string", path) end
  local node = find(value)
  if not node then K.arguments.wrong(2, "registerPath", "id of a variable, or object that has one", value) end
  variables.paths[(string.gsub(path, "^/+", ""))] = node
end

M.api = api

---Answers the id of the variable that is registered under a URL path; false for none.
function M.at_path(path)
  local node = variables.paths[(string.gsub(path, "^/+", ""))]
  return node and node.id or false
end

return M
