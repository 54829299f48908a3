-- prototypes: the named tables that instances have as metatables. A prototype keeps its identity for as long as it is registered.
local K = ...
local inits = K.inits
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

local function inherit(prototype, base)
  if not rawequal(getmetatable(prototype), base) then K.compat.setmetatable(prototype, base) end
  if base == nil and rawget(prototype, "new") == nil then rawset(prototype, "new", default_new) end
end

local function register(name, init, base)
  local prototype = init or {}
  local stored, has_marks = inits.store(prototype)
  if has_marks then inits.take_marks(prototype) end
  rawset(prototype, "type", name)
  rawset(prototype, "__index", prototype)
  base = base or (name ~= "Object" and by_name.Object or nil)
  inherit(prototype, base)
  by_name[name] = prototype
  records[prototype] = { name = name, stored = stored, base = base, module = K.modules.current }
  return prototype
end

M.register, M.inherit = register, inherit

-- What nothing can be wrong with: a new name and a table that is no prototype yet.
local function is_first(self, name, init, base)
  return self == K.session and type(name) == "string" and name ~= "" and by_name[name] == nil
    and (init == nil or type(init) == "table" and records[init] == nil)
    and (base == nil or type(base) == "table" and not rawequal(base, init))
end

---Declares the prototype `name`, or declares it again; answers it.
function M.declare(self, name, init, base)
  local prototype
  if is_first(self, name, init, base) then
    prototype = register(name, init, base)
  else
    prototype = K.declarations.declare(self, name, init, base)
  end
  if init ~= nil and K.modules.current then K.modules.declared(prototype) end
  return prototype
end

return M
