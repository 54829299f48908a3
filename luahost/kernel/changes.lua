-- changes: what is to be told of the variables, gathered through a turn and handed to the host as one list of entries.
--
-- An entry is `[connections, "update", priority, id, has value, value, properties or nil]`, or `[connections, type, priority,
-- data]`, with `true` behind the data of an error that a variable is in until it has another value. A message of one priority
-- holds what has that priority: a variable may come more than once.
local K, host = ...
local codec, values, properties = K.codec, K.values, K.properties
local next = next
local sort, concat = table.sort, table.concat
local scalar = codec.scalar
local CHANGES = K.ops.changes
local M = {
  echoes = {}, -- node -> connection -> the value that this has written, and needn't hear again
  connections = {}, -- the numbers of those that are there, as a set
}

local NOBODY = "\144" -- a packed list of no connections
local ONE = "\145" -- the head of a list of one
local noted, count = {}, 0 -- nodes of which something is to be told
-- Packed entries, each a whole one: a limit may end the kernel anywhere, and what is told is to be read all the same.
local out, entries = {}, 0

---Notes that something of the node is to be told at the end of the turn. What that is comes afterwards: where a limit ends this,
---it is found out once more.
function M.note(node)
  node.is_plain = nil
  if node.is_noted then return end
  noted[count + 1] = node
  count = count + 1
  node.is_noted = true
end

---Notes that the node has another scalar; `is_plain` is set while nothing else is to be told of it.
function M.note_scalar(node)
  local is_plain = not (node.is_noted or node.mishap)
  M.note(node)
  node.is_plain, node.has_changed = is_plain, true
end

local function put(bytes)
  out[entries + 1] = bytes
  entries = entries + 1
end

local function packed_list(connections)
  local parts, n = {}, 0
  for i = 1, #connections do
    n = n + 1
    parts[n] = scalar(connections[i])
  end
  return codec.list_head(n) .. concat(parts)
end

-- Those who watch the node and know it already, without those whom `but` has.
local function watchers_but(node, but)
  local list = {}
  for connection in next, node.watchers or {} do
    if not (but and but[connection]) and not (node.fresh and node.fresh[connection]) then list[#list + 1] = connection end
  end
  sort(list)
  return list
end

-- All who watch, as bytes, kept for the next time.
local function watchers(node)
  if not node.to then node.to = packed_list(watchers_but(node, nil)) end
  return node.to
end

local UPDATE = scalar("update")

-- The commonest: nothing but another value, for all who watch. All before the value is kept for the next time.
local function tell_value(node)
  node.prefix = node.prefix or "\151" .. watchers(node) .. UPDATE .. scalar(node.priority) .. scalar(node.id) .. "\195"
  put(node.prefix .. scalar(node.sent) .. "\192")
end

---Answers properties as a packed map.
function M.property_bytes(props)
  local n, parts = 0, {}
  for name, value in next, props do
    n = n + 1
    parts[n] = scalar(name) .. scalar(value)
  end
  sort(parts)
  return codec.map_head(n) .. concat(parts)
end

local function update(node, to, priority, has_value, props)
  local value = has_value and "\195" .. values.bytes(node.sent) or "\194\192"
  local packed = props and next(props) and M.property_bytes(props) or "\192"
  put("\151" .. to .. UPDATE .. scalar(priority) .. scalar(node.id) .. value .. packed)
end

---Adds an entry of another type than an update, whose data is packed already.
function M.put_packed(connections, type_, priority, bytes)
  if #connections == 0 then return end
  put("\148" .. packed_list(connections) .. scalar(type_) .. scalar(priority) .. bytes)
end

---Adds an entry of another type than an update.
function M.put(connections, type_, priority, data)
  if connections[1] then M.put_packed(connections, type_, priority, codec.pack(data)) end
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

-- Who sent a value hears of it only where another has come of it, or an error is over by it; who sent a property hears of the
-- rest.
local function tell_sender(node, sender)
  local is_watching = node.watchers and node.watchers[sender] and not (node.fresh and node.fresh[sender])
  if not is_watching then return end
  local echo, is_new = M.echoes[node] and M.echoes[node][sender], node.has_changed
  local is_mended = node.has_failed and not (node.error or node.mishap)
  if echo and not is_mended then is_new = has_value(node) and not values.is_equal(echo.value, node.sent) end
  tell_to(node, packed_list({ sender }), is_new, sender)
end

-- The connections whose messages have set what is to be told, as a set and as a list; nil for none.
local function senders_of(node)
  local set, list = {}, {}
  for sender in next, M.echoes[node] or {} do set[sender] = true end
  for _, sender in next, node.dirty or {} do
    if sender then set[sender] = true end
  end
  for sender in next, set do list[#list + 1] = sender end
  sort(list)
  if list[1] then return set, list end
end

-- As urgent as the value, behind which it comes.
local function tell_error(node, connections)
  local error = node.error or node.mishap
  if #connections == 0 then return end
  local data = codec.pack({ varId = node.id, code = error.code, description = error.description })
  put("\149" .. packed_list(connections) .. scalar("error") .. scalar(node.priority) .. data .. "\195")
end

local function all_connections()
  local list = {}
  for connection in next, M.connections do list[#list + 1] = connection end
  sort(list)
  return list
end

---Tells connections of a variable that Lua has made.
function M.introduce(node, connections)
  -- An empty table would cross as a list.
  local props = next(node.properties) and node.properties or nil
  M.put(connections, "create", properties.MEDIUM, { id = node.id, parentId = node.parent and node.parent.id, properties = props })
end

local function tell_watchers(node)
  if not node.fresh and watchers(node) == NOBODY then return end
  local set, senders = senders_of(node)
  for i = 1, senders and #senders or 0 do tell_sender(node, senders[i]) end
  if not (node.has_changed or node.dirty) then return end
  local others = (set or node.fresh) and packed_list(watchers_but(node, set)) or watchers(node)
  if others ~= NOBODY then tell_to(node, others, node.has_changed) end
end

local function tell(node)
  if node.is_plain then
    if node.prefix or watchers(node) ~= NOBODY then tell_value(node) end
    node.is_plain, node.has_changed = nil, nil
    return
  end
  if node.is_new then M.introduce(node, all_connections()) end
  local trouble = node.error or node.mishap
  -- An update says that an error is over, also where the value is what it was.
  if node.has_failed and not trouble then node.has_changed = has_value(node) end
  local greeted = node.fresh and greet(node) or {}
  tell_watchers(node)
  -- Behind each value, which alone would say that the error is over.
  local is_for_all = node.has_failed or node.has_changed
  if trouble then tell_error(node, is_for_all and watchers_but({ watchers = node.watchers }, nil) or greeted) end
  node.has_changed, node.has_failed, node.dirty, node.fresh, node.is_new = nil, nil, nil, nil, nil
end

local function is_earlier(a, b) return a.sequence < b.sequence end

local function tell_noted()
  if count > 1 then sort(noted, is_earlier) end
  local n = count
  for i = 1, n do
    local node = noted[i]
    if node.is_noted and not node.is_gone then tell(node) end
    node.is_noted = nil
  end
  count = 0
  for i = 1, n do noted[i] = nil end
  if next(M.echoes) then M.echoes = {} end
end

-- Drops the first entries; others may have come while these were told.
local function drop(n)
  local left = entries - n
  for i = 1, left do out[i] = out[n + i] end
  entries = left
  for i = left + 1, left + n do out[i] = nil end
end

---Hands everything that was noted to the host. Where a limit ends this, it is taken up at the end of the next turn; what is
---told twice then does no harm.
function M.tell()
  if count > 0 then tell_noted() end
  if entries == 0 then return end
  local n = entries
  host(CHANGES, n == 1 and ONE .. out[1] or codec.list_head(n) .. concat(out, "", 1, n))
  drop(n)
end

---Answers how many entries wait for the end of the turn.
function M.entries() return entries end

---Takes back the entries behind the first `n`.
function M.take_back(n) entries = n end

---Notes that a connection has begun to watch, and is to be told all at once.
function M.greet(node, connection)
  M.note(node)
  node.fresh = node.fresh or {}
  node.fresh[connection] = true
end

---Notes what a connection has written, which it needn't hear again.
function M.sent_by(node, connection, value)
  local echoes = M.echoes[node] or {}
  echoes[connection], M.echoes[node] = { value = (values.copy(value, true)) }, echoes
  M.note(node)
end

---Notes that Lua has made a variable, of which all connections are to be told.
function M.announce(node)
  node.is_new = true
  M.note(node)
end

-- Who knows of a variable but `by`: all, where Lua made it; else those who watch it, and whose it is.
local function acquainted(node, by)
  local owner, watching, list = node.owner, node.watchers or {}, {}
  for connection in next, owner and watching or M.connections do
    if connection ~= by then list[#list + 1] = connection end
  end
  if owner and owner ~= by and not watching[owner] and M.connections[owner] then list[#list + 1] = owner end
  sort(list)
  return list
end

---Tells whoever knows a variable that it is gone; `by` knows.
function M.destroyed(node, by)
  if not node.is_new then M.put(acquainted(node, by), "destroy", properties.MEDIUM, { varId = node.id }) end
end

---Answers an error to the connection whose message can't be carried out.
function M.refuse(connection, id, code, description)
  M.put({ connection }, "error", properties.MEDIUM, { varId = id, code = code, description = description })
end

return M
