-- shadows: while `mutate`s run, the fields of changed prototypes read as before; what they really are is kept here.
--
-- A prototype is hidden by one step at a time, the oldest of its steps: a newer one starts from where that one ends.
local K = ...
local prototypes, differences, EMPTY = K.prototypes, K.differences, K.inits.EMPTY
local records, hidden = prototypes.records, prototypes.hidden
local next, rawget, rawset, rawequal = next, rawget, rawset, rawequal
local M = {}

local function hide_field(step, field)
  local prototype, before = step.prototype, step.before[field]
  if before == nil then before = step.from[field] end
  if rawequal(before, EMPTY) then before = nil end
  step.shadow[field] = { now = rawget(prototype, field), put = before }
  rawset(prototype, field, before)
end

---Lets the fields that the step changes read as they did before it.
function M.hide(step)
  local prototype = step.prototype
  if step.shadow or not records[prototype] then return end
  step.shadow, hidden[prototype] = {}, step
  step.change = differences.difference(step.from, records[prototype].stored)
  for _, fields in next, step.change do
    for field in next, fields do hide_field(step, field) end
  end
end

---Ends the hiding. What a `mutate` assigned to the prototype stays.
function M.show(step)
  if not step.shadow then return end
  for field, kept in next, step.shadow do
    if rawequal(rawget(step.prototype, field), kept.put) then rawset(step.prototype, field, kept.now) end
  end
  step.shadow, hidden[step.prototype] = nil, nil
end

---Ends the hiding of a prototype whose step waits for its turn, and answers the step; what runs goes on hiding.
function M.lift(prototype)
  local step = hidden[prototype]
  if not step or step.is_running then return nil end
  M.show(step)
  return step
end

---Answers what a field of the prototype really is.
function M.read(prototype, field)
  local step = hidden[prototype]
  local kept = step and step.shadow[field]
  if kept then return kept.now end
  return rawget(prototype, field)
end

---Writes what a field of the prototype really is.
function M.write(prototype, field, value)
  local step = hidden[prototype]
  local kept = step and step.shadow[field]
  if kept then kept.now = value else rawset(prototype, field, value) end
end

return M
