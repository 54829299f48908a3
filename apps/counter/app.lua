--- A counter with undo, limits and statistics: the smallest of the three apps. One prototype, no timers.
---
--- To see a reload: count a little (`app.counter:increment()`), change `step` below to 5, save, and count on. The
--- value, the history and the statistics stay; the next increment adds 5, unless `setStep` gave this counter a step
--- of its own.

local guide = require("guide")
local text = require("text")

---@class Counter
---@field value number
---@field step number what one increment adds
---@field low? number no value below this
---@field high? number no value above this
---@field keep integer how many values can be undone
---@field changes integer how often the value changed, undoing not counted
---@field lowest? number the least value so far
---@field highest? number the greatest value so far
---@field past number[] values that `undo` goes back to, the latest last
---@field future number[] values that `redo` returns to, the next last
local Counter = session:prototype("Counter", {
  -- These are defaults: a counter that never assigned the field reads it from here, so a change of the file shows at
  -- once.
  value = 0,
  step = 1,
  keep = 100,
  changes = 0,
  -- EMPTY: the field exists and begins as nil. Listed here, so that luahost knows when it comes and goes.
  low = EMPTY,
  high = EMPTY,
  lowest = EMPTY,
  highest = EMPTY,
  -- Not `{}`: that table would belong to the prototype, and all counters would share one history. `new` makes them.
  past = EMPTY,
  future = EMPTY,
})

--- Makes a counter; the fields given replace defaults: `Counter:new { value = 10, high = 20 }`.
---@param fields? table
---@return Counter
function Counter:new(fields)
  local counter = session:create(self, fields)
  counter.past = {}
  counter.future = {}
  counter.lowest = counter.value
  counter.highest = counter.value
  return counter
end

--- Called by luahost for each counter that exists when a save changed the fields above. A counter that is older than
--- a field has nil there and gets what `new` would have given it; one that has it keeps it.
function Counter:mutate()
  self.past = self.past or {}
  self.future = self.future or {}
  self.lowest = self.lowest or self.value
  self.highest = self.highest or self.value
end

-- A local function may replace a method that nobody outside needs. The methods of this file use the new one after a
-- save.
local function requireNumber(value, what)
  -- A number that isn't equal to itself is NaN, which would poison every later sum.
  if type(value) ~= "number" or value ~= value then
    error(what .. " must be a number, not " .. tostring(value), 0)
  end
  return value
end

--- Returns `value`, or the limit that it is beyond.
---@param value number
---@return number
function Counter:limited(value)
  if self.low and value < self.low then
    return self.low
  end
  if self.high and value > self.high then
    return self.high
  end
  return value
end

--- Shows another value without touching the history. What `set`, `undo` and `redo` share.
---@param value number
---@return number value
function Counter:show(value)
  self.value = value
  self.lowest = math.min(self.lowest, value)
  self.highest = math.max(self.highest, value)
  return value
end

--- Sets the value, within the limits, and remembers the one before. The same value again is not a change.
---@param value number
---@return number value what it is now
function Counter:set(value)
  value = self:limited(requireNumber(value, "a value"))
  if value == self.value then
    return value
  end
  self.past[#self.past + 1] = self.value
  -- A loop and not an `if`: `keep` may have become smaller by a save.
  while #self.past > self.keep do
    table.remove(self.past, 1)
  end
  -- After a change of its own there is nothing to return to.
  self.future = {}
  self.changes = self.changes + 1
  return self:show(value)
end

--- Adds one step, or `times` steps.
---@param times? number
---@return number value
function Counter:increment(times)
  return self:set(self.value + self.step * requireNumber(times or 1, "times"))
end

--- Takes one step away, or `times` steps.
---@param times? number
---@return number value
function Counter:decrement(times)
  return self:increment(-requireNumber(times or 1, "times"))
end

--- Gives this counter a step of its own; nil returns it to the default in the file.
---@param step? number
function Counter:setStep(step)
  self.step = step and requireNumber(step, "a step")
end

--- Sets the limits; nil means none on that side. A value beyond them is brought back, as a change that can be undone.
---@param low? number
---@param high? number
---@return number value
function Counter:setLimits(low, high)
  if low and high and requireNumber(low, "low") > requireNumber(high, "high") then
    error("the lower limit " .. low .. " is above the upper limit " .. high, 0)
  end
  self.low = low and requireNumber(low, "low")
  self.high = high and requireNumber(high, "high")
  return self:set(self.value)
end

--- Goes back to the value before the last change; stays where it is if there is none.
---@return number value
function Counter:undo()
  local value = table.remove(self.past)
  if value == nil then
    return self.value
  end
  self.future[#self.future + 1] = self.value
  return self:show(value)
end

--- Takes the last undo back.
---@return number value
function Counter:redo()
  local value = table.remove(self.future)
  if value == nil then
    return self.value
  end
  self.past[#self.past + 1] = self.value
  return self:show(value)
end

--- Returns whether there is nothing to undo.
---@return boolean
function Counter:isOldest()
  return #self.past == 0
end

--- Returns whether there is nothing to redo.
---@return boolean
function Counter:isNewest()
  return #self.future == 0
end

--- Sets the value to the default in the file. Like every change, it can be undone.
---@return number value
function Counter:reset()
  return self:set(Counter.value)
end

--- Returns what happened so far, as plain data.
---@return { changes: integer, lowest: number, highest: number, undoable: integer, redoable: integer }
function Counter:statistics()
  return {
    changes = self.changes,
    lowest = self.lowest,
    highest = self.highest,
    undoable = #self.past,
    redoable = #self.future,
  }
end

--- Returns the counter in one line.
---@return string
function Counter:summary()
  return tostring(self.value) .. " after " .. text.plural(self.changes, "change")
end

--- Prints what can be tried.
function Counter:help()
  guide.show("The counter, " .. self:summary(), {
    { "app.counter:increment()", "adds a step; increment(3) adds three" },
    { "app.counter:undo()", "goes back; redo() returns" },
    { "app.counter:setStep(5)", "another step for this counter" },
    { "app.counter:setLimits(0, 10)", "no value outside; setLimits() takes them away" },
    { "app.counter:statistics()", "changes, lowest, highest" },
  })
end

return Counter
