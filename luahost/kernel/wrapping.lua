-- wrapping: the objects that stand in for a variable's value: made by `Name:new(variable)`, and kept in step with the value.
local K = ...
local refusals, values = K.refusals, K.values
local type, rawequal = type, rawequal
local NONE = K.variables.NONE
local M = {}

local function registered(registry, name) return registry[name] and registry[name].value end

---Answers what makes wrappers under this name: a registered wrapper, a prototype, a global; refuses an unknown one.
function M.maker(name)
  local made = name == "lua.ViewList" and K.view_lists.ViewList or registered(K.ui.wrappers, name)
  return made or M.named(name)
end

---Answers what makes objects under this name: a registered presenter, a prototype, a global.
function M.presenter(name) return registered(K.ui.presenters, name) or M.named(name) end

function M.named(name)
  local made = K.prototypes.by_name[name] or K.env[name]
  if type(made) ~= "table" then refusals.refuse("not-found", "there is nothing named '%s' to make an object with", name) end
  return made
end

---Answers a new object of `maker`.
function M.make(maker, name, ...)
  local new = maker.new
  if new == nil then refusals.refuse("not-found", "'%s' has no method 'new'", name) end
  return new(maker, ...)
end

-- What a wrapper is given of its variable. It holds the node in closures: a guest that looks into it finds functions alone.
local function handle_of(node)
  local handle = {}
  function handle.getId() return node.id end
  function handle.getValue() return node.value ~= NONE and node.value or nil end
  function handle.getProperty(_, name) return node.properties[name] end
  function handle.setProperty(_, name, value)
    if type(name) ~= "string" then K.arguments.wrong(1, "setProperty", "string", name) end
    if value ~= nil and type(value) ~= "string" then K.arguments.wrong(2, "setProperty", "string or nil", value) end
    if not node.is_gone then refusals.guarded(K.variables.set_properties, node, { [name] = value or "" }) end
  end
  function handle.getWrapper() return node.wrapper end
  return handle
end

local function renew(node, maker, value)
  local wrapper = node.wrapper
  if wrapper ~= nil and rawequal(node.maker, maker) and type(wrapper) == "table" and wrapper.sync ~= nil then
    wrapper:sync(value)
    return wrapper
  end
  node.handle = node.handle or handle_of(node)
  return M.make(maker, node.properties.wrapper, node.handle)
end

-- The value, what makes the wrapper, and what makes its items are those that they were. What can't be told of a value looks
-- other each time, and counts as the same.
local function is_in_step(node, maker, value)
  if not rawequal(maker, node.maker) then return false end
  if not (values.is_same(value, node.covered, true) or values.is_equal(values.copy(value, true), node.covered)) then return false end
  return not rawequal(maker, K.view_lists.ViewList) or K.view_lists.is_current(node.wrapper)
end

---Answers the wrapper of the node's value: the one it has, in step with the value, or a new one; nil for a value without one.
function M.follow(node, value)
  local maker = M.maker(node.properties.wrapper)
  if is_in_step(node, maker, value) then return node.wrapper end
  local is_wanted = value ~= nil or node.wrapper ~= nil or rawequal(maker, K.view_lists.ViewList)
  node.value, node.covered = value, NONE
  node.wrapper = is_wanted and renew(node, maker, value) or nil
  node.maker, node.covered = maker, values.copy(value, true)
  return node.wrapper
end

return M
