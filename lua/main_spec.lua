describe("main", function()
  it("offers the three apps", function()
    assert.same({ "Counter", "ContactList", "board.Board" }, { app.counter.type, app.contacts.type, app.board.type })
  end)

  it("makes the app variable", function()
    assert.equal(app, session:getApp())
  end)

  it("shows one of them as a page", function()
    assert.equal(app.contacts, app:shown())
    app.page = "board"
    assert.equal(app.board, app:shown())
  end)

  it("adds a contact by the short way", function()
    assert.equal("Ann", app:addContact("Ann", "555 0100").name)
    assert.same({ "Ann" }, app.contacts:names())
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
    assert.is_nil(spec.edit("lua/main.lua", { { '"luahost demo"', '"my site"' } }).error)
    assert.equal(before, app)
    assert.equal(before, session:getApp())
    assert.same({ "my site", { "Ann" } }, { app.title, app.contacts:names() })
  end)

  it("completes a running app when the file offers one app more", function()
    local contacts = app.contacts
    assert.is_nil(spec.edit("lua/main.lua", {
      { "  board = EMPTY,\n", "  board = EMPTY,\n  second = EMPTY,\n" },
      { "self.counter = self.counter", "self.second = self.second or Counter:new()\n  self.counter = self.counter" },
    }).error)
    assert.equal(0, app.second.value)
    assert.equal(contacts, app.contacts)
  end)

  it("stays as it was when a save has an error", function()
    assert.is_false(spec.edit("lua/main.lua", { { "app = app or session:restore() or Demo:new()", "app = nil\nerror('half way')" } }).ok)
    assert.equal("luahost demo", app.title)
    assert.equal(app, session:getApp())
  end)
end)
