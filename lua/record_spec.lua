local Record = require("record")

describe("record", function()
  local Note

  before_each(function()
    Note = session:prototype("Note", { words = "", pinned = false }, Record)
    function Note:problems()
      return self.words == "bad" and { "a bad note" } or {}
    end
  end)

  it("makes records of the receiver's kind, each with an id of its own", function()
    local first, second = Note:new({ words = "one" }), Note:new()
    assert.same({ "Note", "one", "" }, { first.type, first.words, second.words })
    assert.equal(1, second.id - first.id)
  end)

  it("counts ids for all derived prototypes together", function()
    local Task = session:prototype("Task", {}, Record)
    local note, task, another = Note:new(), Task:new(), Note:new()
    assert.same({ 1, 1 }, { task.id - note.id, another.id - task.id })
  end)

  it("goes on counting when its file runs again", function()
    local before = Note:new()
    assert.is_nil(spec.edit("lua/record.lua", { { "return self.type .. ", "return 'a ' .. self.type .. " } }).error)
    local after = Note:new()
    assert.equal(1, after.id - before.id)
    assert.equal("a Note " .. after.id, after:summary())
  end)

  it("updates several fields at once", function()
    local note = Note:new()
    note:update({ words = "good", pinned = true })
    assert.same({ "good", true }, { note.words, note.pinned })
  end)

  it("updates nothing if the outcome has a problem", function()
    local note = Note:new({ words = "good" })
    assert.error_matches(function()
      note:update({ words = "bad", pinned = true })
    end, "a bad note")
    assert.same({ "good", false }, { note.words, note.pinned, rawget(note, "pinned") })
  end)

  it("names itself when printed, if its prototype asks for it", function()
    Note.__tostring = Record.__tostring
    local note = Note:new()
    assert.equal("Note " .. note.id, tostring(note))
  end)

  it("gives a new field to contacts and messages that exist", function()
    local contact = app:addContact("Ann")
    local message = app.board:post("Ann", "hello")
    assert.is_nil(spec.edit("lua/record.lua", { { "id = EMPTY,", "id = EMPTY,\n  hidden = false," } }).error)
    assert.same({ false, false }, { contact.hidden, message.hidden })
  end)
end)
