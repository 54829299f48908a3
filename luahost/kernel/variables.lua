-- variables: the tree through which peers see the session. Each node has an id, a parent, a path or a value of its own, and
-- properties; who watches it is counted by connection.
--
-- A node is made behind its parent, so that the order of creation has parents before children; destroying goes the other way.
-- Ids: 1 the app variable, negative ones made by Lua, "c3:17" the 17 of connection 3.
local K = ...
local refusals, routes, properties = K.refusals, K.routes, K.properties
local next, rawget, rawequal = next, rawget, rawequal
local M = {
  by_id = {},
  order = {}, -- nodes in order of creation; those that are gone stay until the list is made anew
  is_stale = true, -- whether somebody has come, gone, or begun or ceased to be watched since that
  paths = {}, -- URL path -> node
}
local by_id = M.by_id

local MOST = 10000
M.MOST = MOST
local sequence, count, last_own = 0, 0, 0
-- Stands for "not sent yet". It is a function, since comparing tables may call a metamethod of the guest's.
local function none() end
M.NONE = none

---Answers the node with this id; refuses one that isn't there.
function M.get(id)
  return by_id[id] or refusals.refuse("not-found", "there is no variable %s", id)
end

---Answers the node that a path names with `@name`: the app, or what is registered under a URL path.
function M.named(name) return name == "app" and by_id[1] or M.paths[name] end

---Answers the first node whose value is `object`.
function M.holding(object)
  for i = 1, #M.order do
    local node = M.order[i]
    if not node.is_gone and (rawequal(node.own, object) or rawequal(node.nav, object)) then return node end
  end
end

---Answers whether the variable's value may be read.
function M.is_readable(node) return node.access == "rw" or node.access == "r" end

-- `key`: the field of the parent that is read, where that is all there is to do.
local function set_key(node)
  node.key = node.route and M.is_readable(node) and not node.is_stalled and node.route.key or nil
  M.is_stale = true
end

local function set_route(node, text)
  node.route = text and not node.is_unbound and routes.parse(text) or nil
  set_key(node)
end

-- What a property means for the node that has it.
local meaning = {
  path = function(node, text) set_route(node, text) end,
  access = function(node, text)
    node.access = text or "rw"
    set_key(node)
  end,
  inactive = function() M.is_stale = true end,
  priority = function(node, text) node.priority, node.prefix = properties.priority_of(text), nil end,
  wrapper = function(node, name) node.is_wrapped, node.wrapper, node.covered, M.is_stale = name ~= nil, nil, none, true end,
  itemWrapper = function(node) node.covered = none end,
}

-- Notes how to undo what is done to variables in a load, should that fail.
local function undo(f, node)
  local open = K.loads.open
  if open and not open.is_undoing then open.undo[#open.undo + 1] = function() f(node) end end
end

local function put_property(node, name, value)
  node.properties[name] = value
  if meaning[name] then meaning[name](node, value) end
end

---Sets a property (nil or "" unsets it) and notes that it is to be told; `by` is the connection that sent it.
function M.set_property(node, name, value, by)
  if value == "" then value = nil end
  local before, sender = node.properties[name], node.dirty and node.dirty[name]
  if before == value then return end
  undo(function()
    put_property(node, name, before)
    if node.dirty then node.dirty[name] = sender end
  end)
  K.changes.note(node)
  node.dirty = node.dirty or {}
  node.dirty[name] = by or false
  put_property(node, name, value)
  if rawget(K, "observers") and K.observers.any then K.observers.tell(node, name, value or "") end
end

-- Refuses properties that don't go together, before anything is touched; answers them with the path's query taken in.
local function checked(given, current)
  local values, ranks = properties.normal(given)
  local path = values.path
  if path and path ~= "" then
    local route = routes.parse(path)
    for name, value in next, route.query do
      local bare, rank = properties.split(name)
      values[bare], ranks[bare] = value, rank or ranks[bare]
    end
    values.path = route.text
  end
  path = path and values.path or current.path
  if values.path ~= nil or values.access ~= nil then
    local access = values.access or current.access
    if path and path ~= "" then
      routes.check_access(routes.parse(path), access and access ~= "" and access or "rw")
    elseif access and access ~= "" then
      routes.check_access({ kinds = {}, count = 0, text = "" }, access)
    end
  end
  properties.priority_of(values.priority)
  values.type = nil -- kept by the kernel
  return values, ranks
end

---Sets several properties, all or none of them.
function M.set_properties(node, given, by)
  local values, ranks = checked(given, node.properties)
  -- Every page shows them as HTML.
  if by and node.id == 1 and values.viewdefs then refusals.refuse("access", "view definitions are the site's, and no peer's to give to others") end
  for name, rank in next, ranks do
    node.ranks = node.ranks or {}
    node.ranks[name] = rank
  end
  for name, value in next, values do M.set_property(node, name, value, by) end
end

local function add(node)
  sequence, count = sequence + 1, count + 1
  node.sequence = sequence
  by_id[node.id], M.order[#M.order + 1], M.is_stale = node, node, true
  local parent = node.parent
  if parent then
    parent.children = parent.children or {}
    parent.children[sequence] = node
  end
  return node
end

---Makes a node. opts: `properties`, `value` (its own, where it has no path), `owner` (connection), `is_unbound`.
function M.create(id, parent, opts)
  if by_id[id] then refusals.refuse("bad-message", "the id %s is in use", id) end
  if count >= MOST then refusals.refuse("limit", "a session has at most %d variables", MOST) end
  local given = opts.properties or {}
  local values, ranks = checked(given, {})
  local node = add({
    id = id, parent = parent, owner = opts.owner, is_unbound = opts.is_unbound, own = opts.value,
    properties = {}, ranks = next(ranks) and ranks or nil, access = "rw", priority = properties.MEDIUM,
    watched = 0, value = none, sent = none, changes = 0,
  })
  for name, value in next, values do
    if value ~= "" then put_property(node, name, value) end
  end
  return node
end

---Makes a node for Lua, with the next of its ids: -1, -2, …
function M.create_own(parent, opts)
  local node = M.create(last_own - 1, parent, opts)
  last_own = last_own - 1
  K.changes.announce(node)
  undo(M.destroy, node)
  return node
end

local function put_back(node)
  node.is_gone, by_id[node.id], count, M.is_stale = nil, node, count + 1, true
  if node.parent then node.parent.children[node.sequence] = node end
  K.changes.note(node)
end

local function take_out(node, by)
  K.changes.destroyed(node, by)
  node.is_gone, by_id[node.id], count, M.is_stale = true, nil, count - 1, true
  if node.parent then node.parent.children[node.sequence] = nil end
  undo(put_back, node)
end

-- All below and including `node`, as a list in which each comes behind what is above it.
local function subtree(node)
  local list, at = { node }, 0
  while at < #list do
    at = at + 1
    for _, child in next, list[at].children or {} do list[#list + 1] = child end
  end
  return list
end

local function destroy_all(list, by)
  for i = #list, 1, -1 do
    if not list[i].is_gone then take_out(list[i], by) end
  end
  for path, node in next, M.paths do
    if node.is_gone then M.paths[path] = nil end
  end
  if rawget(K, "observers") then K.observers.drop_gone() end
end

---Destroys a node, its children first; `by` is the connection that asked for it.
function M.destroy(node, by) destroy_all(subtree(node), by) end

---Destroys what a connection has made, with all below that, and takes its watches back.
function M.destroy_owned(connection)
  local list, is_listed = {}, {}
  for i = 1, #M.order do
    local node = M.order[i]
    if not node.is_gone and (node.owner == connection or node.parent and is_listed[node.parent]) then
      list[#list + 1], is_listed[node] = node, true
    elseif not node.is_gone then
      M.unwatch(node, connection)
    end
  end
  destroy_all(list, connection)
end

---Counts a connection's watch.
function M.watch(node, connection)
  node.watchers = node.watchers or {}
  node.watchers[connection] = (node.watchers[connection] or 0) + 1
  node.watched, node.to, node.prefix = node.watched + 1, nil, nil
  if node.watched == 1 then M.is_stale = true end
  K.changes.greet(node, connection)
end

---Takes `times` watches of a connection back; all of them without a number.
function M.unwatch(node, connection, times)
  local has = node.watchers and node.watchers[connection] or 0
  local left = times and times < has and has - times or 0
  if has == 0 then return end
  node.watched, node.to, node.prefix = node.watched - has + left, nil, nil
  node.watchers[connection] = left > 0 and left or nil
  if node.watched == 0 then
    M.is_stale, node.sent, node.value = true, none, none
  end
end

---Lets go of what was read of a node that nobody needs any more. Its wrapper stays, with what that has to keep; and what was told
---of one that is only switched off, so that it is seen when that is over.
function M.forget(node)
  node.value, node.nav = none, nil
  if node.watched == 0 then node.error = nil end
end

---Empties a node that is gone: what guest code may still hold of it keeps nothing of the tree.
function M.empty(node)
  node.parent, node.children, node.own, node.sent, node.wrapper, node.covered, node.route, node.key = nil, nil, nil, none, nil, nil, nil, nil
  M.forget(node)
end

---Leaves a variable alone whose computing did not end, or takes it up again.
function M.stall(node, is_stalled)
  node.is_stalled = is_stalled
  set_key(node)
end

---Answers the app variable; nil while there is no tree.
function M.root() return by_id[1] end

---Undoes what a load has done, the last first.
function M.revert(transaction)
  local undos = transaction.undo
  transaction.is_undoing = true
  for i = #undos, 1, -1 do
    undos[i]()
    undos[i] = nil
  end
  if by_id[1] then by_id[1].own = K.root.app end
end

return M
