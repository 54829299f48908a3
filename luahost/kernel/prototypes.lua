-- prototypes: the named tables that instances have as metatables. A prototype keeps its identity for as long as it is registered.
local K = ...
local inits = K.inits
local type, next, rawget, rawset, setmetatable, getmetatable = type, next, rawget, rawset, setmetatable, getmetatable
local format = string.format
local M = {}

local by_name = {} -- name -> prototype
local records = {} -- prototype -> { name, stored, base, module }
local queue = {} -- steps, first in first out
local queued = {} -- prototype -> its step in the queue
local pending = {} -- prototype -> steps that some instances have still to take, oldest first
local hidden = {} -- prototype -> the step for which its fields read as before

local moved = {} -- prototype -> record of the module that no longer declares it, until its new module's run is over

M.by_name, M.records, M.queue, M.queued = by_name, records, queue, queued
M.pending, M.hidden, M.moved = pending, hidden, moved

local function default_new(self, instance) return K.session.create(K.session, self, instance) end

-- What `Object` itself inherits from has no base by default.
local function default_base(name, prototype)
  local object = name ~= "Object" and by_name.Object or nil
  if object and prototype and K.families.derives(object, prototype) then return nil end
  return object
end

local function inherit(prototype, base)
  if getmetatable(prototype) ~= base then setmetatable(prototype, base) end
  if base == nil and rawget(prototype, "new") == nil then rawset(prototype, "new", default_new) end
end

local function register(name, init, base)
  local prototype = init or {}
  local stored, has_marks = inits.store(prototype)
  if has_marks then inits.take_marks(prototype) end
  rawset(prototype, "type", name)
  rawset(prototype, "__index", prototype)
  base = base or default_base(name)
  inherit(prototype, base)
  by_name[name] = prototype
  records[prototype] = { name = name, stored = stored, base = base, module = K.modules.current }
  return prototype
end

M.default_base, M.inherit = default_base, inherit

local function check(self, name, init, base)
  if self ~= K.session then K.arguments.colon("prototype") end
  if type(name) ~= "string" then K.arguments.wrong(1, "prototype", "string", name) end
  if name == "" then K.arguments.refuse("bad argument #1 to 'prototype' (a name can't be empty)") end
  if init ~= nil and type(init) ~= "table" then K.arguments.wrong(2, "prototype", "table or nil", init) end
  if base ~= nil and type(base) ~= "table" then K.arguments.wrong(3, "prototype", "table or nil", base) end
  if init ~= nil and records[init] and records[init].name ~= name then
    K.arguments.refuse(format("bad argument #2 to 'prototype' (this table is the prototype '%s' already)", records[init].name))
  end
  if base and by_name[name] and K.families.derives(base, by_name[name]) or base ~= nil and base == init then
    K.arguments.refuse(format("bad argument #3 to 'prototype' ('%s' would inherit from itself)", name))
  end
end

---Declares the prototype `name`, or declares it again; answers it.
function M.declare(self, name, init, base)
  check(self, name, init, base)
  local prototype = by_name[name]
  if not prototype then
    prototype = register(name, init, base)
  else
    K.redeclaration.declare(prototype, init, base)
  end
  if init ~= nil and K.modules.current then K.modules.declared(prototype) end
  return prototype
end

return M
