-- wrapping: the objects that stand in for a variable's value: made by `Name:new(variable)`, and kept in step with the value.
local K = ...
local refusals, values = K.refusals, K.values
local type = type
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
  function handle.getValue() return node.value ~= K.variables.NONE and node.value or nil end
  function handle.getProperty(_, name) return node.properties[name] end
  function handle.setProperty(_, name, value)
    if not node.is_gone then K.variables.set_properties(node, { [name] = value == nil and "" or value }) end
  end
  function handle.getWrapper() return node.wrapper end
  return handle
end

local function renew(node, maker, value)
  local wrapper = node.wrapper
  if wrapper ~= nil and node.maker == maker and type(wrapper) == "table" and wrapper.sync ~= nil then
    wrapper:sync(value)
    return wrapper
  end
  node.handle = node.handle or handle_of(node)
  return M.make(maker, node.properties.wrapper, node.handle)
end

---Answers the wrapper of the node's value: the one it has, in step with the value, or a new one; nil for a value without one.
function M.follow(node, value)
  local maker = M.maker(node.properties.wrapper)
  if maker == node.maker and node.wrapper ~= nil and values.is_same(value, node.covered, true) then return node.wrapper end
  node.value = value
  local wrapper = (value ~= nil or node.wrapper ~= nil or maker == K.view_lists.ViewList) and renew(node, maker, value) or nil
  node.wrapper, node.maker, node.covered = wrapper, maker, values.copy(value, true)
  return wrapper
end

return M
