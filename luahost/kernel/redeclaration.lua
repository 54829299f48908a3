-- redeclaration: a prototype that is declared again, with another init or base, and one that is removed.
local K = ...
local prototypes, inits, differences, families, instances = K.prototypes, K.inits, K.differences, K.families, K.instances
local shadows = K.shadows
local by_name, records, queue, queued = prototypes.by_name, prototypes.records, prototypes.queue, prototypes.queued
local pending, moved = prototypes.pending, prototypes.moved
local type, next, rawget, rawset, rawequal = type, next, rawget, rawset, rawequal
local sub = string.sub
local M = {}

---Answers the step of `prototype` in the queue, a new one if it has none. What it keeps is how things were before.
local function step_of(prototype)
  local step = queued[prototype]
  if step then return step end
  local record = records[prototype]
  step = {
    prototype = prototype, name = record.name, from = record.stored, before = {},
    family = families.family(prototype), age = instances.next_age(),
  }
  queue[#queue + 1], queued[prototype] = step, step
  K.turn.unsettled = true
  return step
end

local function remember(step, field, now)
  if step.before[field] == nil then step.before[field] = now == nil and inits.EMPTY or now end
end

-- Puts a new default where an old one was; the step, and older ones that wait, remember what the field read.
local function set_default(step, field, value)
  local prototype = step.prototype
  local now = shadows.read(prototype, field)
  remember(step, field, now)
  for _, waiting in next, pending[prototype] or {} do remember(waiting, field, now) end
  if rawequal(value, inits.EMPTY) then value = nil end
  shadows.write(prototype, field, value)
end

local function apply(step, change, init)
  for field in next, change.added do set_default(step, field, init[field]) end
  for field in next, change.changed do set_default(step, field, init[field]) end
  for field in next, change.removed do set_default(step, field, init[field]) end -- a method may take its place
end

-- Methods follow the file, and so do functions inside a table default that stays.
local function install(prototype, init, change)
  for k, v in next, init do
    if not inits.is_field(k, v) then
      local now = v
      if rawequal(v, inits.EMPTY) then now = nil end
      if k ~= "type" and k ~= "__index" then rawset(prototype, k, now) end
    elseif type(v) == "table" and not rawequal(v, inits.EMPTY) and change.added[k] == nil and change.changed[k] == nil then
      local live = rawget(prototype, k)
      if type(live) == "table" then differences.renew_functions(live, v) end
    end
  end
end

local function redeclare(prototype, record, init)
  if rawequal(init, prototype) then return end
  local stored = inits.store(init)
  local change, any = differences.difference(record.stored, stored)
  local lifted = shadows.lift(prototype)
  if any then
    apply(step_of(prototype), change, init)
    record.stored = stored
  end
  install(prototype, init, change)
  if lifted then shadows.hide(lifted) end
end

-- What `Object` itself inherits from has no base by default.
local function default_base(name, prototype)
  local object = name ~= "Object" and by_name.Object or nil
  if object and families.derives(object, prototype) then return nil end
  return object
end

local function rebase(prototype, record, base)
  base = base or default_base(record.name, prototype)
  if rawequal(base, record.base) then return end
  step_of(prototype).rebased = true
  record.base = base
  prototypes.inherit(prototype, base)
end

-- The module that declares a prototype owns it; it may have stood in another file before.
local function own(prototype, record)
  local key = K.modules.current
  if not key or record.module == key then return end
  local former = K.modules.by_key[record.module]
  if former and not former.declared[prototype] then moved[prototype] = former end
  record.module = key
end

---Declares `prototype` again. A name alone looks it up: it declares nothing, and takes nothing over.
function M.declare(prototype, init, base)
  local record = records[prototype]
  if init ~= nil then
    redeclare(prototype, record, init)
    own(prototype, record)
  end
  if init ~= nil or base ~= nil then rebase(prototype, record, base) end
  if init ~= nil and pending[prototype] then K.mutation.again(prototype) end
end

local function drop(prototype)
  shadows.lift(prototype)
  by_name[records[prototype].name], records[prototype], queued[prototype], pending[prototype] = nil, nil, nil, nil
  for i = #queue, 1, -1 do
    if rawequal(queue[i].prototype, prototype) then table.remove(queue, i) end
  end
  instances.sets[prototype] = nil
  K.ownership.forget(prototype)
end

---Takes `name` (with `children`, every `name.…` too) out of the registries. Unknown is silent; instances stay as they are.
function M.remove(self, name, children)
  if self ~= K.session then K.arguments.colon("removePrototype") end
  if type(name) ~= "string" then K.arguments.wrong(1, "removePrototype", "string", name) end
  local gone, prefix = {}, name .. "."
  for other, prototype in next, by_name do
    if other == name or (children and sub(other, 1, #prefix) == prefix) then gone[#gone + 1] = prototype end
  end
  for i = 1, #gone do drop(gone[i]) end
end

M.api = { removePrototype = M.remove }

return M
