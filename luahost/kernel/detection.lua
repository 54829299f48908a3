-- detection: finds out after a turn what has changed. Each variable that somebody watches is read, parents before children, and
-- compared with what was sent last.
--
-- One protected call goes over all of them, and is taken up again behind a variable that fails. Code of the application runs
-- within it (methods in paths, metamethods, wrappers), and may make and destroy variables.
local K = ...
local variables, routes, values, refusals, changes = K.variables, K.routes, K.values, K.refusals, K.changes
local type, xpcall, rawequal = type, xpcall, rawequal
local M = {}
local NONE = variables.NONE

local ROUNDS = 10 -- of variables that come into being while others are read
local list, count, at = {}, 0, 0
local generation = K.session.generation

local function fail(node, code, description)
  local error = node.error
  if error and error.code == code and error.description == description then return end
  node.error = code and { code = code, description = description } or nil
  node.has_failed = true
  changes.note(node)
end

-- What kind of object it is, as a property that is the kernel's own.
local function set_type(node, shown)
  local kind = type(shown) == "table" and shown.type or nil
  if type(kind) ~= "string" then kind = nil end
  if node.properties.type ~= kind then variables.set_property(node, "type", kind) end
end

local function compare(node, shown)
  local is_bound = node.is_wrapped or node.is_list
  if node.sent ~= NONE and values.is_same(shown, node.sent, is_bound) then
    if type(shown) == "table" then set_type(node, shown) end
    return
  end
  local note
  node.sent, note = values.copy(shown, is_bound)
  node.diagnostics = note and { note } or nil
  node.is_list = type(shown) == "table" and not rawequal(node.sent, shown)
  node.changes, node.has_changed = node.changes + 1, true
  set_type(node, node.is_list and nil or shown)
  changes.note(node)
end

-- A value that isn't the plain scalar that it was.
local function examine(node, value, code, description)
  local shown = value
  if node.is_wrapped and not code then
    local wrapper = K.wrapping.follow(node, value)
    if wrapper ~= nil then shown = wrapper end
  end
  node.value, node.nav = value, shown
  node.is_slow = node.is_wrapped or code ~= nil or type(shown) == "table"
  if node.error or code then fail(node, code, description) end
  if node.watched > 0 then compare(node, shown) end
end

local ENDED = "computing it was ended by the time limit; it is left alone until it is written, or its code reloaded"

local function read(node)
  if node.is_stalled then return nil, "limit", ENDED end
  if node.route == nil then return node.own end
  if variables.is_readable(node) then return routes.read(node) end
end

-- The inner loop. A variable whose path is one field of its parent, and whose value is the scalar that it was, costs a table
-- access and two comparisons.
local function walk()
  while at < count do
    at = at + 1
    local node = list[at]
    local key, from = node.key, nil
    if key ~= nil then from = node.parent.nav end
    if type(from) == "table" then
      local value = from[key]
      if node.is_slow or value ~= node.value then examine(node, value) end
    elseif not node.is_gone then
      examine(node, read(node))
    end
  end
end

local function failed(node, e)
  local code, description = refusals.told(e)
  node.wrapper, node.covered = nil, nil
  node.value, node.nav, node.is_slow = nil, nil, true
  fail(node, code, description)
  if node.watched > 0 then compare(node, nil) end
end

local function go_through()
  at = 0
  while at < count do
    local ok, e = xpcall(walk, refusals.handler)
    if not ok then failed(list[at], e) end
  end
end

---Notes what went wrong later in something that the variable's computing began; nil for nothing.
function M.mishap(node, record)
  node.mishap = record and { code = "lua-error", description = K.errors.text(record) } or nil
  if not node.is_gone then
    node.has_failed = true
    changes.note(node)
  end
end

-- Code that was loaded anew may end now.
local function take_up_stalled()
  generation = K.session.generation
  for _, node in next, variables.by_id do
    if node.is_stalled then variables.stall(node, false) end
  end
end

---Computes what is watched, and tells what has changed.
function M.run()
  local round = 0
  if generation ~= K.session.generation then take_up_stalled() end
  repeat
    if variables.is_stale then
      list = variables.needed()
      count = #list
    end
    go_through()
    round = round + 1
  until not variables.is_stale or round == ROUNDS
  changes.tell()
end

---Computes a variable once more.
function M.compute(node) examine(node, read(node)) end

---Computes a variable, and what is above it, that nobody watches.
function M.refresh(node)
  if node.is_needed and not node.is_off then return end
  if node.parent then M.refresh(node.parent) end
  M.compute(node)
end

---Answers the variable that is being computed, if one is.
function M.current() return at < count and list[at] or nil end

---Leaves the variable alone that was being computed when the time limit ended the turn.
function M.give_up()
  if at > 0 and at <= count then
    variables.stall(list[at], true)
    variables.is_stale = true
  end
  at = count
end

return M
