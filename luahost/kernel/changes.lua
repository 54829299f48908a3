-- changes: what is to be told of the variables, gathered through a turn and handed to the host as one list of entries.
--
-- An entry is `[connections, "update", priority, id, has value, value, properties or nil]`, or `[connections, type, priority,
-- data]`. A message of one priority holds what has that priority: a variable may come more than once.
local K, host = ...
local codec, values, properties = K.codec, K.values, K.properties
local next, type = next, type
local sort, concat = table.sort, table.concat
local CHANGES = K.ops.changes
local M = { echoes = {}, connections = {} }

local NOBODY = "\144" -- a packed list of no connections
local noted, count = {}, 0 -- nodes of which something is to be told
local out, pieces, entries = {}, 0, 0 -- packed entries

---Notes that something of the node is to be told at the end of the turn.
function M.note(node)
  if node.is_noted then return end
  node.is_noted, count = true, count + 1
  noted[count] = node
end

local function put(bytes)
  pieces = pieces + 1
  out[pieces] = bytes
end

local function packed_list(connections)
  local parts, n = {}, 0
  for i = 1, #connections do
    n = n + 1
    parts[n] = codec.scalar(connections[i])
  end
  return codec.list_head(n) .. concat(parts)
end

-- Those who watch the node, without one of them.
local function watchers_but(node, but)
  local list = {}
  for connection in next, node.watchers or {} do
    if connection ~= but and not (node.fresh and node.fresh[connection]) then list[#list + 1] = connection end
  end
  sort(list)
  return list
end

-- The same without an exception, as bytes, kept for the next time.
local function watchers(node)
  if not node.to then
    local list = watchers_but(node, nil)
    node.to = packed_list(list)
  end
  return node.to
end

local UPDATE = codec.scalar("update")

local function head_of(node, to, priority)
  entries = entries + 1
  node.packed_id = node.packed_id or codec.scalar(node.id)
  put("\151" .. to .. UPDATE .. codec.scalar(priority) .. node.packed_id)
end

-- The commonest: nothing but another value, for all who watch. All before the value is kept for the next time.
local function tell_value(node)
  entries = entries + 1
  node.prefix = node.prefix or "\151" .. watchers(node) .. UPDATE .. codec.scalar(node.priority) .. codec.scalar(node.id) .. "\195"
  out[pieces + 1] = node.prefix
  pieces = values.write(node.sent, out, pieces + 1) + 1
  out[pieces] = "\192"
end

local function put_value(node, has_value)
  if has_value then
    put("\195")
    pieces = values.write(node.sent, out, pieces)
  else
    put("\194\192")
  end
end

local function put_properties(props)
  local n, parts = 0, {}
  for name, value in next, props or {} do
    n = n + 1
    parts[n] = codec.scalar(name) .. codec.scalar(value)
  end
  sort(parts)
  put(n == 0 and "\192" or codec.map_head(n) .. concat(parts))
end

local function update(node, to, priority, has_value, props)
  head_of(node, to, priority)
  put_value(node, has_value)
  put_properties(props)
end

---Adds an entry of another type than an update.
function M.put(connections, type_, priority, data)
  if #connections == 0 then return end
  entries = entries + 1
  put("\148" .. packed_list(connections) .. codec.scalar(type_) .. codec.scalar(priority) .. codec.pack(data))
end

---Adds an entry whose data is packed already.
function M.put_packed(connections, type_, priority, bytes)
  entries = entries + 1
  put("\148" .. packed_list(connections) .. codec.scalar(type_) .. codec.scalar(priority) .. bytes)
end

local function rank(node, name) return node.ranks and node.ranks[name] or properties.MEDIUM end

-- The properties that have been set, by priority; without those that `but` sent itself.
local function dirty_by_priority(node, but)
  local by = {}
  for name, sender in next, node.dirty or {} do
    if not but or sender ~= but then
      local priority = rank(node, name)
      by[priority] = by[priority] or {}
      by[priority][name] = node.properties[name] or ""
    end
  end
  return by
end

local function tell_to(node, to, has_value, but)
  local by = dirty_by_priority(node, but)
  for priority = properties.HIGH, properties.LOW do
    local is_values = has_value and priority == node.priority
    if is_values or by[priority] then update(node, to, priority, is_values, by[priority]) end
  end
end

local function has_value(node) return node.sent ~= K.variables.NONE and K.variables.is_readable(node) end

-- Who has just begun to watch is told all.
local function greet(node)
  local list = {}
  for connection in next, node.fresh do
    if node.watchers and node.watchers[connection] then list[#list + 1] = connection end
  end
  sort(list)
  if #list > 0 then update(node, packed_list(list), node.priority, has_value(node), node.properties) end
  return list
end

-- Who sent a value hears of it only where another has come of it; who sent a property hears of the value alone.
local function tell_sender(node, sender, echo)
  local is_watching = node.watchers and node.watchers[sender] and not (node.fresh and node.fresh[sender])
  if not is_watching then return end
  local is_new = node.has_changed
  if echo then is_new = has_value(node) and not values.is_equal(echo.value, node.sent) end
  tell_to(node, packed_list({ sender }), is_new, sender)
end

local function sender_of(node)
  for _, sender in next, node.dirty or {} do
    if sender then return sender end
  end
end

local function tell_error(node, connections)
  local error = node.error or node.mishap
  M.put(connections, "error", properties.MEDIUM, { varId = node.id, code = error.code, description = error.description })
end

local function is_value_alone(node)
  return node.has_changed and not (node.dirty or node.fresh or node.has_failed or M.echoes[node]) and watchers(node) ~= NOBODY
end

local function tell(node)
  if is_value_alone(node) then
    node.has_changed, node.is_noted = nil, nil
    return tell_value(node)
  end
  local echo = M.echoes[node]
  local sender = echo and echo.connection or sender_of(node)
  -- An update says that an error is over, also where the value is what it was.
  if node.has_failed and not node.error then node.has_changed = has_value(node) end
  local greeted = node.fresh and greet(node) or {}
  if sender then
    tell_sender(node, sender, echo)
    local others = watchers_but(node, sender)
    if #others > 0 then tell_to(node, packed_list(others), node.has_changed) end
  elseif node.has_changed or node.dirty then
    local others = node.fresh and packed_list(watchers_but(node, nil)) or watchers(node)
    if others ~= NOBODY then tell_to(node, others, node.has_changed) end
  end
  if node.error or node.mishap then tell_error(node, node.has_failed and watchers_but({ watchers = node.watchers }, nil) or greeted) end
  node.has_changed, node.has_failed, node.dirty, node.fresh, node.is_noted = nil, nil, nil, nil, nil
end

local function is_earlier(a, b) return a.sequence < b.sequence end

---Hands everything that was noted to the host.
function M.tell()
  if count > 1 then sort(noted, is_earlier) end
  for i = 1, count do
    local node = noted[i]
    noted[i] = nil
    if not node.is_gone then tell(node) end
  end
  count = 0
  if next(M.echoes) then M.echoes = {} end
  if entries > 0 then
    local bytes = codec.list_head(entries) .. concat(out, "", 1, pieces)
    if pieces > 100 then out = {} end
    pieces, entries = 0, 0
    host(CHANGES, bytes)
  end
end

---Notes that a connection has begun to watch, and is to be told all at once.
function M.greet(node, connection)
  node.fresh = node.fresh or {}
  node.fresh[connection] = true
  M.note(node)
end

---Notes what a connection has written, which it needn't hear again.
function M.sent_by(node, connection, value)
  M.echoes[node] = { connection = connection, value = (values.copy(value, node.is_wrapped or node.is_list)) }
  M.note(node)
end

local function all_connections()
  local list = {}
  for connection in next, M.connections do list[#list + 1] = connection end
  sort(list)
  return list
end

local function creation(node)
  -- An empty table would cross as a list.
  return { id = node.id, parentId = node.parent and node.parent.id, properties = next(node.properties) and node.properties or nil }
end

---Tells all connections of a variable that Lua has made.
function M.announce(node) M.put(all_connections(), "create", properties.MEDIUM, creation(node)) end

---Tells one connection of a variable that Lua has made before it came.
function M.introduce(node, connection) M.put({ connection }, "create", properties.MEDIUM, creation(node)) end

---Tells whoever watches or owns a variable that it is gone; `by` knows.
function M.destroyed(node, by)
  local list, owner = watchers_but({ watchers = node.watchers }, by), node.owner
  if owner and owner ~= by and not (node.watchers and node.watchers[owner]) and M.connections[owner] then list[#list + 1] = owner end
  M.put(list, "destroy", properties.MEDIUM, { varId = node.id })
end

---Answers an error to the connection whose message can't be carried out.
function M.refuse(connection, id, code, description)
  M.put({ connection }, "error", properties.MEDIUM, { varId = id, code = code, description = description })
end

return M
