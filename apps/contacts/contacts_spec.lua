local APP = "apps/contacts/app.lua"

describe("contacts", function()
  local contacts, ann

  before_each(function()
    contacts = app.contacts
    ann = contacts:add("Ann Berg", "555 0100")
  end)

  it("adds contacts in order", function()
    contacts:add("Ben Cole")
    assert.same({ "Ann Berg", "Ben Cole" }, contacts:names())
    assert.same({ true, 2, {} }, { contacts[1] == ann, #contacts, contacts[2].phones })
  end)

  it("refuses a contact without a name, and stays as it was", function()
    assert.error_matches(function()
      contacts:add("  ")
    end, "needs a name")
    assert.error_matches(function()
      contacts:add()
    end, "needs a name")
    assert.equal(1, #contacts)
  end)

  it("refuses what is no phone number", function()
    assert.error_matches(function()
      contacts:add("Ben", "call me")
    end, "call me is not a phone number")
    assert.error_matches(function()
      ann:addPhone("- -")
    end, "is not a phone number")
    assert.same({ "555 0100" }, ann.phones)
  end)

  it("adds a phone number once, to one contact", function()
    local ben = contacts:add("Ben")
    ann:addPhone("+49 (30) 555-01")
    ann:addPhone("+49 (30) 555-01")
    assert.same({ { "555 0100", "+49 (30) 555-01" }, {} }, { ann.phones, ben.phones })
  end)

  it("renames, and refuses no name", function()
    ann:rename("  Anna Berg ")
    assert.equal("Anna Berg", ann.name)
    assert.error_matches(function()
      ann:rename(nil)
    end, "needs a name")
    assert.equal("Anna Berg", ann.name)
  end)

  it("adds colleagues, who are contacts with more to them", function()
    local kim = contacts:addColleague("Kim Lund", "Northwind", "engineer")
    assert.same({ "Colleague", "Kim Lund, engineer at Northwind", "Kim Lund, engineer at Northwind" }, { kim.type, kim:summary(), tostring(kim) })
    assert.error_matches(function()
      contacts:addColleague("Lea Moss", "")
    end, "needs a company")
    assert.equal(2, #contacts)
  end)

  it("searches names, numbers, notes and companies, whatever the case", function()
    local kim = contacts:addColleague("Kim Lund", "Northwind")
    ann.note = "plays chess"
    assert.equal(kim, contacts:search("NORTH")[1])
    assert.equal(ann, contacts:search("0100")[1])
    assert.equal(ann, contacts:search("chess")[1])
    assert.same({ 0, 0, 2 }, { #contacts:search("nobody"), #contacts:search("."), #contacts:search() })
  end)

  it("keeps the query for those who come later", function()
    contacts:search("cole")
    contacts:add("Ben Cole")
    assert.equal(1, #contacts:found())
  end)

  it("selects by position, name and object, and nothing", function()
    for _, which in ipairs({ 1, "Ann Berg", ann }) do
      contacts:select()
      assert.equal(ann, contacts:select(which))
    end
    contacts:select()
    assert.is_nil(contacts.selected)
  end)

  it("keeps the selection when there is no such contact", function()
    contacts:select(1)
    assert.error_matches(function()
      contacts:select(7)
    end, "no contact 7")
    assert.equal(ann, contacts.selected)
  end)

  it("selects nothing after the selected contact is gone", function()
    contacts:add("Ben")
    contacts:select(ann)
    assert.equal(ann, contacts:remove("Ann Berg"))
    assert.same({ nil, { "Ben" } }, { contacts.selected, contacts:names() })
  end)

  it("sorts by last name, favourites first", function()
    contacts:add("Zoe Abel")
    contacts:add("Bo")
    contacts:add("Adam Berg"):toggleFavourite()
    contacts:sort()
    assert.same({ "Adam Berg", "Zoe Abel", "Ann Berg", "Bo" }, contacts:names())
  end)

  it("sorts equal names by age, again and again", function()
    local second = contacts:add("Ann Berg")
    contacts:sort()
    contacts:sort()
    assert.same({ true, true }, { contacts[1] == ann, contacts[2] == second })
  end)

  it("counts, and counts what is found", function()
    assert.same({ "1 contact", true }, { contacts:count(), contacts:isFilled() })
    contacts:addSamples()
    contacts:search("north")
    assert.equal("2 of 13 contacts", contacts:count())
  end)

  it("makes twelve samples", function()
    assert.equal("now 13 contacts", contacts:addSamples())
    assert.equal(13, session:countInstances(session:prototype("Contact"), true))
  end)
end)

describe("the contact form", function()
  local contacts, form

  local function opened(which)
    contacts:open(which)
    form = contacts.form
    return form
  end

  before_each(function()
    contacts = app.contacts
    contacts:add("Ann Berg", "555 0100")
  end)

  it("adds a contact, and closes", function()
    opened().name, form.phones = " Ben Cole ", "555 0101, 555 0102,"
    form:save()
    assert.same({ nil, "Contact", "Ben Cole" }, { contacts.form, contacts[2].type, contacts[2].name })
    assert.same({ "555 0101", "555 0102" }, contacts[2].phones)
  end)

  it("adds a colleague if there is a company", function()
    opened().name, form.company, form.role = "Kim Lund", "Northwind", "engineer"
    form:save()
    assert.same({ "Colleague", "engineer, Northwind" }, { contacts[2].type, contacts[2]:details() })
  end)

  it("stays open and says what is wrong", function()
    opened().phones = "call me"
    form:save()
    assert.same({ "a contact needs a name", true, 1 }, { form.problem, contacts.form == form, #contacts })
    form.name = "Ben"
    form:save()
    assert.same({ "call me is not a phone number", 1 }, { form.problem, #contacts })
  end)

  it("changes a contact when it is saved, and not before", function()
    opened(1).name, form.note = "Anna Berg", "plays chess"
    assert.same({ "Ann Berg", false, "555 0100" }, { form:heading(), form:isNew(), form.phones })
    form:save()
    assert.same({ "Anna Berg", "plays chess", nil }, { contacts[1].name, contacts[1].note, contacts[1].company })
  end)

  it("leaves a contact alone when it is closed or wrong", function()
    opened(1).name = "Anna"
    form:close()
    opened(1).name = " "
    form:save()
    assert.same({ "Ann Berg", "a contact needs a name" }, { contacts[1].name, form.problem })
  end)

  it("knows a colleague, and keeps one who loses the company", function()
    contacts:addColleague("Kim Lund", "Northwind")
    assert.same({ true, false, false }, { opened(1):isPrivate(), opened(2):isPrivate(), opened():isPrivate() })
    opened(2).company = ""
    form:save()
    assert.same({ "a colleague needs a company", "Northwind" }, { form.problem, contacts[2].company })
  end)

  it("closes when its contact is deleted", function()
    local ann = contacts[1]
    opened(1)
    assert.is_true(ann:isOpen())
    form:remove()
    assert.same({ nil, 0, nil, false }, { contacts.form, #contacts, ann.list, ann:isOpen() })
  end)

  it("is opened by the contacts of a list that is older than it", function()
    contacts[1].list = nil
    contacts:mutate()
    contacts[1]:open()
    assert.equal(contacts[1], contacts.form.contact)
  end)
end)

describe("contacts, when their file is saved,", function()
  local contacts, ann, kim

  before_each(function()
    contacts = app.contacts
    ann = contacts:add("Ann Berg", "555 0100")
    kim = contacts:addColleague("Kim Lund", "Northwind")
    contacts:select(ann)
  end)

  it("stay the same objects, selected as they were", function()
    local before = session:prototype("Contact")
    assert.is_nil(spec.edit(APP, { { "a contact needs a name", "a contact wants a name" } }).error)
    assert.same({ true, true, true }, { contacts[1] == ann, contacts[2] == kim, contacts.selected == ann })
    assert.equal(before, session:prototype("Contact"))
    assert.error_matches(function()
      ann:rename("")
    end, "wants a name")
  end)

  it("get a new field with what mutate says, colleagues too", function()
    assert.is_nil(spec.edit(APP, {
      { '  note = "",\n', '  note = "",\n  email = EMPTY,\n' },
      { "  self.phones = self.phones or", '  self.email = self.email or "unknown"\n  self.phones = self.phones or' },
    }).error)
    assert.same({ "unknown", "unknown", nil }, { ann.email, kim.email, contacts:add("Ben").email })
  end)

  it("lose a field that is taken out", function()
    ann.note = "plays chess"
    assert.is_nil(spec.edit(APP, { { '  note = "",\n', "" }, { '.. self.note .. " " ', "" } }).error)
    assert.same({ nil, nil, "Ann Berg" }, { ann.note, rawget(ann, "note"), ann.name })
  end)

  it("see a changed default unless they have a value of their own", function()
    kim.note = "mine"
    assert.is_nil(spec.edit(APP, { { '  note = "",', '  note = "none",' } }).error)
    assert.same({ "none", "mine" }, { ann.note, kim.note })
  end)

  it("find a method gone that was taken out", function()
    assert.is_nil(spec.edit(APP, { { "function Contact:toggleFavourite()", "local function unused(self)" } }).error)
    assert.is_nil(ann.toggleFavourite)
  end)

  it("keep name and data when a mutate fails, and are migrated by the next save", function()
    local report = spec.edit(APP, {
      { '  note = "",\n', '  note = "",\n  email = EMPTY,\n' },
      { "  self.phones = self.phones or", "  self.email = oops.nothing\n  self.phones = self.phones or" },
    })
    assert.is_true(report.ok)
    assert.same({ "Contact" }, { report.failures[1].type })
    assert.same({ "Ann Berg", { "555 0100" } }, { ann.name, ann.phones, ann.email })
    assert.is_nil(spec.edit(APP, { { "self.email = oops.nothing", 'self.email = "ann@example.org"' } }).error)
    assert.same({ "ann@example.org", "ann@example.org" }, { ann.email, kim.email })
  end)
end)

describe("contacts from an earlier version of the file", function()
  -- Turns the file back into one of its earlier shapes, and lets the spec save today's again.
  local TODAY = "  phones = EMPTY,\n"

  it("have their one phone split into a list", function()
    assert.is_nil(spec.edit(APP, { { TODAY, '  phone = "",\n' } }).error)
    local old = session:create(session:prototype("Contact"), { name = "Old", phone = "555 1, 555 2" })
    local none = session:create(session:prototype("Contact"), { name = "None" })
    assert.is_nil(spec.edit(APP, { { '  phone = "",\n', TODAY } }).error)
    assert.same({ { "555 1", "555 2" }, {} }, { old.phones, none.phones })
    assert.same({}, { old.phone, rawget(old, "phone") })
  end)

  it("have their full name moved", function()
    assert.is_nil(spec.edit(APP, { { '  name = "",\n', '  fullName = "",\n' } }).error)
    local old = session:create(session:prototype("Contact"), { fullName = "Ann Berg", phones = {} })
    assert.is_nil(spec.edit(APP, { { '  fullName = "",\n', '  name = "",\n' } }).error)
    assert.same({ "Ann Berg" }, { old.name, old.fullName })
  end)

  it("catch up over several versions at once", function()
    assert.is_nil(spec.edit(APP, { { '  name = "",\n', '  fullName = "",\n' }, { TODAY, '  phone = "",\n' } }).error)
    local fields = { fullName = "Kim Lund", phone = "555 1", company = "Northwind" }
    local old = session:create(session:prototype("Colleague"), fields)
    assert.is_nil(spec.edit(APP, { { '  fullName = "",\n', '  name = "",\n' }, { '  phone = "",\n', TODAY } }).error)
    assert.same({ "Kim Lund", { "555 1" }, "Northwind" }, { old.name, old.phones, old.company })
  end)
end)
