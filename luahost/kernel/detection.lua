-- detection: finds out after a turn what has changed. Each variable that somebody watches is read, parents before children, and
-- compared with what was sent last.
--
-- One protected call goes over all of them, and is taken up again behind a variable that fails. Code of the application runs
-- within it (methods in paths, metamethods, wrappers), and may make and destroy variables.
local K = ...
local variables, routes, values, refusals, changes, errors = K.variables, K.routes, K.values, K.refusals, K.changes, K.errors
local type, xpcall, rawequal = type, xpcall, rawequal
local M = {}
local NONE = variables.NONE

local ROUNDS = 10 -- of variables that come into being while others are read

-- The variables to compute, in columns, since the loop over them is short and they are many: the node; where its value is one
-- field of its parent's, that object (or false) and the field; the scalar that it was (or nil), or the mark; and the places of
-- the children that read from it so.
local nodes, sources, fields, lasts, readers = {}, {}, {}, {}, {}
local count, at = 0, 0 -- how many, and which of them is being computed: none between two walks
local generation = K.session.generation

-- It has to be looked at each time. A function: comparing it with a guest's table calls no metamethod of that.
local function LOOK() end

local function fail(node, code, description)
  local error = node.error
  if error and error.code == code and error.description == description then return end
  changes.note(node)
  node.has_failed = true
  node.error = code and { code = code, description = description } or nil
end

---Takes what kind of object it is as a property, which is the kernel's own.
function M.set_type(node, shown)
  local kind = type(shown) == "table" and shown.type or nil
  if type(kind) ~= "string" then kind = nil end
  if node.properties.type ~= kind then variables.set_property(node, "type", kind) end
end

local function compare(node, shown)
  if node.watched == 0 or not variables.is_readable(node) then return end
  local is_bound = node.is_wrapped or node.is_list
  local is_same, note = values.is_same(shown, node.sent, is_bound)
  if is_same and node.sent ~= NONE then
    node.diagnostics = note and { note } or nil
    if type(shown) == "table" or node.properties.type then M.set_type(node, shown) end
    return
  end
  local sent
  sent, note = values.copy(shown, is_bound)
  node.diagnostics = note and { note } or nil
  -- What can't be told looks other each time, and is the same outside.
  if values.is_equal(sent, node.sent) then return end
  changes.note(node)
  node.changes, node.has_changed = node.changes + 1, true
  node.sent, node.is_list = sent, type(shown) == "table" and not rawequal(sent, shown)
  M.set_type(node, shown)
end

-- Lets those that are a field of the variable's value read it from `source`.
local function feed(place, source)
  local list = readers[place]
  for i = 1, list and #list or 0 do sources[list[i]] = source end
end

-- Keeps what the loop needs to know of a variable.
local function keep(node, value, shown, is_failed)
  node.value, node.nav = value, shown
  local place = node.place
  if not place then return end
  local kind = type(shown)
  feed(place, kind == "table" and shown or false)
  if is_failed or node.is_wrapped or kind == "table" or shown ~= shown then lasts[place] = LOOK else lasts[place] = shown end
end

-- The same object as before, of the same type, with nothing in its place; or one through which others are read, no more.
local function is_settled(node, value)
  if node.watched == 0 and value ~= nil and rawequal(value, node.nav) then return not (node.is_wrapped or node.error) end
  if type(value) ~= "table" or not rawequal(value, node.sent) or node.is_wrapped or node.error then return false end
  local kind = value.type
  return kind ~= nil and kind == node.properties.type and rawequal(value, node.nav)
end

-- Another plain value in the place of one: the commonest change. What `lasts` has to be looked at is none.
local function is_plain_change(i, node, value, kind)
  if lasts[i] == LOOK or node.watched == 0 then return false end
  return kind == "string" or kind == "boolean" or kind == "number" and value - value == 0
end

local function replace(i, node, value)
  lasts[i], node.value, node.nav, node.sent = value, value, value, value
  node.changes, node.diagnostics = node.changes + 1, nil
  changes.note_scalar(node)
end

-- What stands for a value: its wrapper, if it has one.
local function shown_for(node, value, code)
  if not node.is_wrapped or code then return value end
  local wrapper = K.wrapping.follow(node, value)
  if wrapper == nil then return value end
  return wrapper
end

-- A value that isn't the plain scalar that it was.
local function examine(node, value, code, description)
  if node.is_gone then return end
  if is_settled(node, value) then return end
  local shown = shown_for(node, value, code)
  keep(node, value, shown, code ~= nil)
  if node.error or code then fail(node, code, description) end
  compare(node, shown)
end

local ENDED = "computing it was ended by a limit; it is left alone until it is written, or its code reloaded"

-- Where a variable's path begins: at its parent, or at the variable that it names.
local function base_of(node)
  local route = node.route
  if route and route.named then return variables.named(route.named) end
  return node.parent
end

local function read(node)
  if node.is_stalled then return nil, "limit", ENDED end
  if node.route == nil then return node.own end
  if not variables.is_readable(node) then return nil end
  if node.route.named then M.bring(node) end
  return routes.read(node)
end

-- The inner loop. A variable that is one field of its parent's value, and the scalar that it was, costs a table access and a
-- comparison.
local function walk()
  local sources, fields, lasts = sources, fields, lasts
  for i = at + 1, count do
    at = i
    local source = sources[i]
    if source then
      local value = source[fields[i]]
      if value ~= lasts[i] then
        local node = nodes[i]
        if is_plain_change(i, node, value, type(value)) then replace(i, node, value) else examine(node, value) end
      end
    elseif not nodes[i].is_gone then
      examine(nodes[i], read(nodes[i]))
    end
  end
end

local function failed(node, e)
  local code, description = refusals.told(e)
  if node.is_gone then return end
  node.covered = NONE
  keep(node, nil, nil, true)
  fail(node, code, description)
  compare(node, nil)
end

-- The app, through which all others are read, stands first, and is nearly always what it was.
local function is_first_settled()
  local root = nodes[1]
  if not root or root.watched > 0 or root.route or root.is_wrapped or root.error then return false end
  return root.nav ~= nil and rawequal(root.nav, root.own)
end

local function go_through()
  at = is_first_settled() and 1 or 0
  while at < count do
    local ok, e = xpcall(walk, refusals.handler)
    if not ok then failed(nodes[at], e) end
  end
  at = 0
end

-- Puts the variables that are needed into columns.
local function arrange()
  local list, n = K.needs.list()
  local new_sources, new_fields, new_lasts, new_readers = {}, {}, {}, {}
  for i = 1, n do
    local node = list[i]
    local above = node.key and node.parent and node.parent.place
    node.place, new_fields[i], new_lasts[i], new_readers[i], new_sources[i] = i, node.key or false, LOOK, false, false
    if above then
      local source, siblings = node.parent.nav, new_readers[above] or {}
      new_sources[i], new_readers[above] = type(source) == "table" and source or false, siblings
      siblings[#siblings + 1] = i
    end
  end
  nodes, count, sources, fields, lasts, readers = list, n, new_sources, new_fields, new_lasts, new_readers
  variables.is_stale = false
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
    if variables.is_stale then arrange() end
    go_through()
    round = round + 1
  until not variables.is_stale or round == ROUNDS
  changes.tell()
end

---Computes a variable once more, for its value alone; answers that, or nil, code and sentence. Changes are told by `run`.
function M.compute(node)
  local value, code, description = read(node)
  local shown = shown_for(node, value, code)
  keep(node, value, shown, true)
  return shown, code, description
end

-- Computes what others are read through: where that fails, they have nothing to be read from, as in the walk.
local function compute_base(node)
  local ok, e = xpcall(M.compute, refusals.handler, node)
  if ok then return end
  refusals.told(e)
  node.covered = NONE
  keep(node, nil, nil, true)
end

---Computes what a variable's path begins at, with all above that, as it is in this moment.
function M.bring(node)
  local base = base_of(node)
  if base and base.parent == nil then
    if not rawequal(base.nav, base.own) then compute_base(base) end
    return
  end
  local chain, n = {}, 0
  -- What stands before the present one has been computed already.
  while base and not (base.place and base.place < at) do
    n = n + 1
    if n > variables.MOST then refusals.refuse("path-failure", "path '%s' leads back to itself", node.route.text) end
    chain[n], base = base, base_of(base)
  end
  for i = n, 1, -1 do compute_base(chain[i]) end
end

---Answers the variable that is being computed, if one is.
function M.current() return at > 0 and nodes[at] or nil end

---Notes what became of a timer that was made while the variable was computed: an error, or nil where it ran well.
function M.mishap(node, record)
  if node.is_gone or (record == nil and node.mishap == nil) then return end
  node.mishap = record and { code = "lua-error", description = errors.text(record) }
  node.has_failed = true
  changes.note(node)
end

---Leaves the variable alone that was being computed when a limit ended the turn.
function M.give_up()
  if at > 0 then variables.stall(nodes[at], true) end
  at = 0
end

return M
