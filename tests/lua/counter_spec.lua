local spec = require("spec")
local Counter = require("counter.app")
local describe, it, before_each, same, raises = spec.describe, spec.it, spec.before_each, spec.same, spec.raises

describe("counter", function()
  local counter

  before_each(function()
    counter = app.counter
  end)

  it("counts by its step", function()
    same({ counter:increment(), counter:increment(3), counter:decrement() }, { 1, 4, 3 })
  end)

  it("takes a step of its own, and the default back", function()
    counter:setStep(5)
    same(counter:increment(), 5)
    counter:setStep()
    same(counter:increment(), 6)
  end)

  it("undoes and redoes changes in order", function()
    counter:set(1)
    counter:set(2)
    same({ counter:undo(), counter:undo(), counter:undo() }, { 1, 0, 0 })
    same({ counter:redo(), counter:redo(), counter:redo() }, { 1, 2, 2 })
  end)

  it("says where there is nothing to undo or redo", function()
    same({ counter:isOldest(), counter:isNewest() }, { true, true })
    counter:set(1)
    same({ counter:isOldest(), counter:isNewest() }, { false, true })
    counter:undo()
    same({ counter:isOldest(), counter:isNewest() }, { true, false })
  end)

  it("has nothing to redo after a new change", function()
    counter:set(1)
    counter:undo()
    counter:set(7)
    same(counter:redo(), 7)
  end)

  it("takes the same value again for no change", function()
    counter:set(1)
    counter:set(1)
    same(counter:statistics(), { changes = 1, lowest = 0, highest = 1, undoable = 1, redoable = 0 })
  end)

  it("keeps no more history than it should", function()
    counter.keep = 3
    counter:increment()
    counter:increment()
    counter:increment()
    counter:increment()
    same(counter.past, { 1, 2, 3 })
  end)

  it("stays within its limits", function()
    counter:setLimits(0, 10)
    same({ counter:set(99), counter:set(-99) }, { 10, 0 })
  end)

  it("brings a value back that new limits exclude, and can undo that", function()
    counter:set(50)
    same(counter:setLimits(nil, 10), 10)
    counter:setLimits()
    same(counter:undo(), 50)
  end)

  it("refuses limits that leave no room, and keeps the old ones", function()
    counter:setLimits(0, 10)
    raises("is above", function()
      counter:setLimits(5, 4)
    end)
    same({ counter.low, counter.high }, { 0, 10 })
  end)

  it("refuses what is not a number", function()
    raises("must be a number", function()
      counter:set("many")
    end)
    raises("must be a number", function()
      counter:set(0 / 0)
    end)
    same(counter.value, 0)
  end)

  it("resets to the default in the file", function()
    counter:set(9)
    same({ counter:reset(), counter:undo() }, { 0, 9 })
  end)

  it("shares no history between counters", function()
    local other = Counter:new({ value = 10 })
    other:increment()
    same({ #counter.past, #other.past, other.lowest }, { 0, 1, 10 })
  end)

  it("says in words how it stands", function()
    counter:increment()
    same(counter:summary(), "1 after 1 change")
  end)

  it("goes on with value and history, and a changed default, after a save", function()
    counter:increment()
    same(spec.edit("apps/counter/app.lua", { { "  step = 1,", "  step = 5," } }), true)
    same({ counter:increment(), counter:undo(), counter:undo() }, { 6, 1, 0 })
  end)

  it("keeps a step that was set by hand when the default changes", function()
    counter:setStep(2)
    same(spec.edit("apps/counter/app.lua", { { "  step = 1,", "  step = 5," } }), true)
    same(counter:increment(), 2)
  end)

  it("uses changed methods and changed local functions after a save", function()
    same(spec.edit("apps/counter/app.lua", {
      { 'text.plural(self.changes, "change")', 'text.plural(self.changes, "step")' },
      { 'error(what .. " must be a number', 'error(what .. " has to be a number' },
    }), true)
    same(counter:summary(), "0 after 0 steps")
    raises("has to be a number", function()
      counter:set("many")
    end)
  end)

  it("gives counters from before a field what new ones begin with", function()
    same(spec.edit("apps/counter/app.lua", {
      { "  future = EMPTY,\n", "  future = EMPTY,\n  marks = EMPTY,\n" },
      { "self.lowest = self.lowest or", "self.marks = self.marks or { self.value }\n  self.lowest = self.lowest or" },
    }), true)
    same(counter.marks, { 0 })
  end)

  it("keeps last good code when a save can't be read", function()
    counter:increment()
    same(spec.edit("apps/counter/app.lua", { { "  past = EMPTY,", "  past = = EMPTY," } }), false)
    same(counter:increment(), 2)
  end)
end)
