local spec = require("spec")
local describe, it, same = spec.describe, spec.it, spec.same

describe("main", function()
  it("offers the three apps", function()
    same({ app.counter.type, app.contacts.type, app.board.type }, { "Counter", "ContactList", "board.Board" })
  end)

  it("makes the app variable", function()
    same(session:getApp() == app, true)
  end)

  it("shows one of them as a page", function()
    same(app:shown() == app.contacts, true)
    app.page = "board"
    same(app:shown() == app.board, true)
  end)

  it("adds a contact by the short way", function()
    same(app:addContact("Ann", "555 0100").name, "Ann")
    same(app.contacts:names(), { "Ann" })
  end)

  it("prints help for itself and each app", function()
    app:help()
    app.counter:help()
    app.contacts:help()
    app.board:help()
  end)

  it("keeps the app and what is in it when it runs again", function()
    local before = app
    app:addContact("Ann")
    same(spec.edit("lua/main.lua", { { '"luahost demo"', '"my site"' } }), true)
    same(app == before, true)
    same(session:getApp() == before, true)
    same({ app.title, app.contacts:names() }, { "my site", { "Ann" } })
  end)

  it("completes a running app when the file offers one app more", function()
    local contacts = app.contacts
    same(spec.edit("lua/main.lua", {
      { "  board = EMPTY,\n", "  board = EMPTY,\n  second = EMPTY,\n" },
      { "self.counter = self.counter", "self.second = self.second or Counter:new()\n  self.counter = self.counter" },
    }), true)
    same(app.second.value, 0)
    same(app.contacts == contacts, true)
  end)

  it("stays as it was when a save has an error", function()
    same(spec.edit("lua/main.lua", { { "app = app or session:restore() or Demo:new()", "app = nil\nerror('half way')" } }), false)
    same(app.title, "luahost demo")
    same(session:getApp() == app, true)
  end)
end)
