--- What the list of tasks promises. `luahost test` runs it, each `it` in a session of its own.

local TaskList = require("tasks.app")

describe("a list of tasks", function()
  local list

  before_each(function()
    list = TaskList:new()
  end)

  it("adds tasks that are still to be done", function()
    local task = list:add("buy bread")
    assert.equal("buy bread", task.title)
    assert.is_false(task.done)
    assert.equal(1, list:left())
  end)

  it("counts what is left", function()
    list:add("buy bread"):toggle()
    list:add("bake a cake")
    assert.equal("1 of 2 to do", list:summary())
  end)

  it("takes a task off", function()
    local first, second = list:add("one"), list:add("two")
    first:remove()
    assert.same({ second }, list.tasks)
  end)

  it("refuses a task without a title", function()
    assert.has_error(function()
      list:add("  ")
    end, "a task needs a title")
    assert.equal(0, #list.tasks)
  end)

  it("adds what was typed, and empties the field", function()
    list.draft = "call Ann"
    list:addDraft()
    assert.equal("call Ann", list.tasks[1].title)
    assert.equal("", list.draft)
  end)
end)
