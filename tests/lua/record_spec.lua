local spec = require("spec")
local Record = require("record")
local describe, it, before_each, same, raises = spec.describe, spec.it, spec.before_each, spec.same, spec.raises

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
    same({ first.type, first.words, second.words }, { "Note", "one", "" })
    same(second.id - first.id, 1)
  end)

  it("counts ids for all derived prototypes together", function()
    local Task = session:prototype("Task", {}, Record)
    local note, task, another = Note:new(), Task:new(), Note:new()
    same({ task.id - note.id, another.id - task.id }, { 1, 1 })
  end)

  it("goes on counting when its file runs again", function()
    local before = Note:new()
    same(spec.edit("lua/record.lua", { { "return self.type .. ", "return 'a ' .. self.type .. " } }), true)
    local after = Note:new()
    same(after.id - before.id, 1)
    same(after:summary(), "a Note " .. after.id)
  end)

  it("updates several fields at once", function()
    local note = Note:new()
    note:update({ words = "good", pinned = true })
    same({ note.words, note.pinned }, { "good", true })
  end)

  it("updates nothing if the outcome has a problem", function()
    local note = Note:new({ words = "good" })
    raises("a bad note", function()
      note:update({ words = "bad", pinned = true })
    end)
    same({ note.words, note.pinned, rawget(note, "pinned") }, { "good", false })
  end)

  it("names itself when printed, if its prototype asks for it", function()
    Note.__tostring = Record.__tostring
    local note = Note:new()
    same(tostring(note), "Note " .. note.id)
  end)

  it("gives a new field to contacts and messages that exist", function()
    local contact = app:addContact("Ann")
    local message = app.board:post("Ann", "hello")
    same(spec.edit("lua/record.lua", { { "id = EMPTY,", "id = EMPTY,\n  hidden = false," } }), true)
    same({ contact.hidden, message.hidden }, { false, false })
  end)
end)
