local Counter = require("counter.app")

describe("counter", function()
  local counter

  before_each(function()
    counter = app.counter
  end)

  it("counts by its step", function()
    assert.same({ 1, 4, 3 }, { counter:increment(), counter:increment(3), counter:decrement() })
  end)

  it("takes a step of its own, and the default back", function()
    counter:setStep(5)
    assert.equal(5, counter:increment())
    counter:setStep()
    assert.equal(6, counter:increment())
  end)

  it("undoes and redoes changes in order", function()
    counter:set(1)
    counter:set(2)
    assert.same({ 1, 0, 0 }, { counter:undo(), counter:undo(), counter:undo() })
    assert.same({ 1, 2, 2 }, { counter:redo(), counter:redo(), counter:redo() })
  end)

  it("says where there is nothing to undo or redo", function()
    assert.same({ true, true }, { counter:isOldest(), counter:isNewest() })
    counter:set(1)
    assert.same({ false, true }, { counter:isOldest(), counter:isNewest() })
    counter:undo()
    assert.same({ true, false }, { counter:isOldest(), counter:isNewest() })
  end)

  it("has nothing to redo after a new change", function()
    counter:set(1)
    counter:undo()
    counter:set(7)
    assert.equal(7, counter:redo())
  end)

  it("takes the same value again for no change", function()
    counter:set(1)
    counter:set(1)
    assert.same({ changes = 1, lowest = 0, highest = 1, undoable = 1, redoable = 0 }, counter:statistics())
  end)

  it("keeps no more history than it should", function()
    counter.keep = 3
    counter:increment()
    counter:increment()
    counter:increment()
    counter:increment()
    assert.same({ 1, 2, 3 }, counter.past)
  end)

  it("stays within its limits", function()
    counter:setLimits(0, 10)
    assert.same({ 10, 0 }, { counter:set(99), counter:set(-99) })
  end)

  it("brings a value back that new limits exclude, and can undo that", function()
    counter:set(50)
    assert.equal(10, counter:setLimits(nil, 10))
    counter:setLimits()
    assert.equal(50, counter:undo())
  end)

  it("refuses limits that leave no room, and keeps the old ones", function()
    counter:setLimits(0, 10)
    assert.error_matches(function()
      counter:setLimits(5, 4)
    end, "is above")
    assert.same({ 0, 10 }, { counter.low, counter.high })
  end)

  it("refuses what is not a number", function()
    assert.error_matches(function()
      counter:set("many")
    end, "must be a number")
    assert.error_matches(function()
      counter:set(0 / 0)
    end, "must be a number")
    assert.equal(0, counter.value)
  end)

  it("resets to the default in the file", function()
    counter:set(9)
    assert.same({ 0, 9 }, { counter:reset(), counter:undo() })
  end)

  it("shares no history between counters", function()
    local other = Counter:new({ value = 10 })
    other:increment()
    assert.same({ 0, 1, 10 }, { #counter.past, #other.past, other.lowest })
  end)

  it("says in words how it stands", function()
    counter:increment()
    assert.equal("1 after 1 change", counter:summary())
  end)

  it("goes on with value and history, and a changed default, after a save", function()
    counter:increment()
    assert.is_nil(spec.edit("apps/counter/app.lua", { { "  step = 1,", "  step = 5," } }).error)
    assert.same({ 6, 1, 0 }, { counter:increment(), counter:undo(), counter:undo() })
  end)

  it("keeps a step that was set by hand when the default changes", function()
    counter:setStep(2)
    assert.is_nil(spec.edit("apps/counter/app.lua", { { "  step = 1,", "  step = 5," } }).error)
    assert.equal(2, counter:increment())
  end)

  it("uses changed methods and changed local functions after a save", function()
    assert.is_nil(spec.edit("apps/counter/app.lua", {
      { 'text.plural(self.changes, "change")', 'text.plural(self.changes, "step")' },
      { 'error(what .. " must be a number', 'error(what .. " has to be a number' },
    }).error)
    assert.equal("0 after 0 steps", counter:summary())
    assert.error_matches(function()
      counter:set("many")
    end, "has to be a number")
  end)

  it("gives counters from before a field what new ones begin with", function()
    assert.is_nil(spec.edit("apps/counter/app.lua", {
      { "  future = EMPTY,\n", "  future = EMPTY,\n  marks = EMPTY,\n" },
      { "self.lowest = self.lowest or", "self.marks = self.marks or { self.value }\n  self.lowest = self.lowest or" },
    }).error)
    assert.same({ 0 }, counter.marks)
  end)

  it("keeps last good code when a save can't be read", function()
    counter:increment()
    assert.is_false(spec.edit("apps/counter/app.lua", { { "  past = EMPTY,", "  past = = EMPTY," } }).ok)
    assert.equal(2, counter:increment())
  end)
end)
