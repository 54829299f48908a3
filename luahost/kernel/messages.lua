-- messages: what a connection's messages do to the tree, one by one. One that can't be carried out is answered with an error
-- and touches nothing; the rest goes on.
local K = ...
local turn, variables, values, routes = K.turn, K.variables, K.values, K.routes
local refusals, changes, codec = K.refusals, K.changes, K.codec
local type, next, xpcall = type, next, xpcall
local M = {}

local carry_out = {}

local function check_own(node, connection)
  if node.owner ~= connection then refusals.refuse("access", "variable %s is not this connection's to destroy", node.id) end
end

-- The object that the property `create` asks for; a path puts it where that leads.
local function create_object(node)
  local name = node.properties.create
  local object = K.wrapping.make(K.wrapping.presenter(name), name)
  if not node.route then
    node.own = object
    return
  end
  K.detection.bring(node)
  routes.write(node, object)
end

function carry_out.create(message, connection)
  local parent = variables.get(message.parent or 1)
  local opts = { owner = connection, properties = message.properties, is_unbound = message.unbound }
  if message.valued then opts.value = values.of_peer(message.value) end
  local node = variables.create(message.id, parent, opts)
  if node.properties.create then
    local ok, e = xpcall(create_object, refusals.handler, node)
    if not ok then
      variables.destroy(node, connection)
      error(e, 0)
    end
  end
  if not message.nowatch then variables.watch(node, connection) end
end

function carry_out.destroy(message, connection)
  local node = variables.get(message.id)
  check_own(node, connection)
  variables.destroy(node, connection)
end

function carry_out.watch(message, connection) variables.watch(variables.get(message.id), connection) end

function carry_out.unwatch(message, connection) variables.unwatch(variables.get(message.id), connection, 1) end

local function write(node, value, connection)
  local access = node.access
  -- Before the write: where that fails, what the sender shows is put right.
  if access == "rw" or access == "r" then changes.sent_by(node, connection, value) end
  if node.id == 1 then refusals.refuse("access", "variable 1 is the app object: its fields are written, not itself") end
  if access == "r" then refusals.refuse("access", "variable %s is read only", node.id) end
  if node.is_stalled then variables.stall(node, false) end
  if node.route then
    K.detection.bring(node)
    routes.write(node, value)
  else
    node.own = value
  end
end

local function write_to(id, value, connection) write(variables.get(id), value, connection) end

-- Code for the session, where the host's settings grant that.
local function run_code(node, code)
  if node.id ~= 1 then return end
  if not K.grants.remote_code then
    K.logs.log("warn", "code from a peer was refused: the settings don't allow remote_code")
    refusals.refuse("unauthorized", "the property 'lua' needs the grant remote_code")
  end
  if code == "" then return end
  if string.sub(code, -4) == ".lua" then K.requiring.require(code) else K.inline.execute(code, "=lua") end
end

function carry_out.update(message, connection)
  local node, given = variables.get(message.id), message.properties
  local has_properties = given ~= nil and next(given) ~= nil
  if has_properties then
    local code = given.lua
    given.lua = nil
    if code then run_code(node, code) end
    variables.set_properties(node, given, connection)
  end
  -- An action needs no value.
  local is_written = message.valued or (node.access == "action" and not has_properties)
  if is_written then write(node, values.of_peer(message.value), connection) end
end

-- A variable's value as it is in this moment; why there is none is told besides.
local function value_of(node, connection)
  if not variables.is_readable(node) then return nil end
  K.detection.bring(node)
  local shown, code, description = K.detection.compute(node)
  if code then changes.refuse(connection, node.id, code, description) end
  -- Of one that is watched it goes with the value.
  if node.watched == 0 then K.detection.set_type(node, shown) end
  return (values.copy(shown, node.is_wrapped or node.is_list))
end

local function piece(key, bytes) return codec.scalar(key) .. bytes end

local function list_of(key, items)
  return codec.map_head(1) .. codec.scalar(key) .. codec.list_head(#items) .. table.concat(items)
end

-- Answers each id that can be answered, and an error for each that can't.
local function each(message, connection, answer)
  local items = {}
  for _, id in next, message.ids do
    local ok, e = xpcall(answer, refusals.handler, id, connection)
    if ok then items[#items + 1] = e else changes.refuse(connection, id, refusals.told(e)) end
  end
  return items
end

local function answer_get(id, connection)
  local node = variables.get(id)
  local ok, value = xpcall(value_of, refusals.handler, node, connection)
  if not ok then
    changes.refuse(connection, id, refusals.told(value))
    value = nil
  end
  return codec.map_head(3) .. piece("id", codec.scalar(id)) .. piece("value", values.bytes(value)) .. piece("properties", changes.property_bytes(node.properties))
end

function carry_out.get(message, connection)
  local items = each(message, connection, answer_get)
  changes.put_packed({ connection }, "get", K.properties.MEDIUM, list_of("variables", items))
end

-- An object's own fields, as values; private ones and methods stay.
local function field_bytes(object)
  local parts, n = {}, 0
  for k, v in next, object do
    local kind = type(v)
    if type(k) == "string" and string.sub(k, 1, 1) ~= "_" and kind ~= "function" and kind ~= "thread" then
      n = n + 1
      parts[n] = codec.scalar(k) .. values.bytes((values.copy(v)))
    end
  end
  table.sort(parts)
  return codec.map_head(n) .. table.concat(parts)
end

local function answer_object(number)
  local object = K.objects.find(number) or refusals.refuse("not-found", "there is no object %s", number)
  return codec.map_head(2) .. piece("obj", codec.scalar(number)) .. piece("value", field_bytes(object))
end

function carry_out.getObjects(message, connection)
  local items = each(message, connection, answer_object)
  changes.put_packed({ connection }, "getObjects", K.properties.MEDIUM, list_of("objects", items))
end

carry_out["error"] = function(message)
  K.logs.log("warn", "a peer reports of variable " .. message.id .. ": " .. message.code .. ": " .. message.description)
end

local function admit(connection)
  changes.connections[connection] = true
  for i = 1, #variables.order do
    local node = variables.order[i]
    local is_own = type(node.id) == "number" and node.id < 0
    if is_own and not node.is_gone and not node.is_new then changes.introduce(node, { connection }) end
  end
end

-- There is a tree from the first message on, and who sends one is there.
local function meet(connection)
  if not turn.detect then K.tree.open() end
  if connection ~= 0 and not changes.connections[connection] then admit(connection) end
end

local function unknown(message) refusals.refuse("bad-message", "there is no message of type '%s'", message.type) end

local function try(message, connection)
  local ok, e = xpcall(carry_out[message.type] or unknown, refusals.handler, message, connection)
  if not ok then changes.refuse(connection, message.id, refusals.told(e)) end
end

---Carries out a batch of messages of one connection; 0 is the host itself.
function M.exchange(connection, bytes)
  meet(connection)
  local batch = K.decoder.unpack(bytes)
  for i = 1, #batch do try(batch[i], connection) end
end

---Carries out the commonest message alone: a value for a variable, or its action. What it says comes as it is.
function M.update(connection, id, value)
  meet(connection)
  local ok, e = xpcall(write_to, refusals.handler, id, value, connection)
  if not ok then changes.refuse(connection, id, refusals.told(e)) end
end

---Takes a connection's watches and variables out.
function M.disconnect(connection)
  changes.connections[connection] = nil
  variables.destroy_owned(connection)
end

return M
