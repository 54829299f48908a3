--- What contacts promise. `luahost test` runs it, each `it` in a session of its own.

local ContactList = require("contacts.app")

local function names(contacts)
  local list = {}
  for position, contact in ipairs(contacts) do
    list[position] = contact.name
  end
  return list
end

describe("contacts", function()
  local list

  before_each(function()
    list = ContactList:new()
  end)

  it("have ids that differ", function()
    local ann, bob = list:add({ name = "Ann" }), list:hire({ name = "Bob" })
    assert.not_equal(ann.id, bob.id)
  end)

  it("are refused with what is wrong with them", function()
    assert.has_error(function()
      list:add({ name = "Ann", phone = "none" })
    end, "none is not a phone number")
    assert.same({}, list.contacts)
  end)

  it("are found by a part of the name, sorted", function()
    list:add({ name = "Bob Berg" })
    list:add({ name = "Ann Berg" })
    list:add({ name = "Cid Cole" })
    list.query = "berg"
    assert.same({ "Ann Berg", "Bob Berg" }, names(list:found()))
  end)

  it("show their company if they are colleagues", function()
    local bob = list:hire({ name = "Bob", company = "Acme", phone = "555 0100" })
    assert.equal("Acme · 555 0100", bob:details())
  end)

  it("keep their name when the field was renamed", function()
    local file, bob = "apps/contacts/app.lua", list:hire({ name = "Bob" })
    -- As it was before: saved over the file until this spec ends, while the list lives.
    spec.edit(file, { { '  name = "",\n', '  fullName = "",\n' } })
    bob.fullName = "Bob Cole"
    spec.edit(file, { { '  fullName = "",\n', '  name = "",\n' } })
    assert.equal("Bob Cole", bob.name)
    assert.is_nil(bob.fullName)
  end)
end)

describe("the form", function()
  local list

  before_each(function()
    list = ContactList:new()
  end)

  it("adds a contact and closes", function()
    list:open()
    list.form.name = "Ann"
    list.form:save()
    assert.same({ "Ann" }, names(list.contacts))
    assert.is_nil(list.form)
  end)

  it("leaves the contact alone, and stays open, when something is wrong", function()
    local ann = list:add({ name = "Ann" })
    ann:edit()
    list.form.name = " "
    list.form:save()
    assert.equal("Ann", ann.name)
    assert.equal("a contact needs a name", list.form.trouble)
  end)

  it("goes together with its contact", function()
    local ann = list:add({ name = "Ann" })
    ann:edit()
    ann:remove()
    assert.is_nil(list.form)
  end)
end)
