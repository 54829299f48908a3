local spec = require("spec")
local describe, it, before_each, same, raises = spec.describe, spec.it, spec.before_each, spec.same, spec.raises

local APP = "apps/contacts/app.lua"

describe("contacts", function()
  local contacts, ann

  before_each(function()
    contacts = app.contacts
    ann = contacts:add("Ann Berg", "555 0100")
  end)

  it("adds contacts in order", function()
    contacts:add("Ben Cole")
    same(contacts:names(), { "Ann Berg", "Ben Cole" })
    same({ contacts[1] == ann, #contacts, contacts[2].phones }, { true, 2, {} })
  end)

  it("refuses a contact without a name, and stays as it was", function()
    raises("needs a name", function()
      contacts:add("  ")
    end)
    raises("needs a name", function()
      contacts:add()
    end)
    same(#contacts, 1)
  end)

  it("refuses what is no phone number", function()
    raises("call me is not a phone number", function()
      contacts:add("Ben", "call me")
    end)
    raises("is not a phone number", function()
      ann:addPhone("- -")
    end)
    same(ann.phones, { "555 0100" })
  end)

  it("adds a phone number once, to one contact", function()
    local ben = contacts:add("Ben")
    ann:addPhone("+49 (30) 555-01")
    ann:addPhone("+49 (30) 555-01")
    same({ ann.phones, ben.phones }, { { "555 0100", "+49 (30) 555-01" }, {} })
  end)

  it("renames, and refuses no name", function()
    ann:rename("  Anna Berg ")
    same(ann.name, "Anna Berg")
    raises("needs a name", function()
      ann:rename(nil)
    end)
    same(ann.name, "Anna Berg")
  end)

  it("adds colleagues, who are contacts with more to them", function()
    local kim = contacts:addColleague("Kim Lund", "Northwind", "engineer")
    same({ kim.type, kim:summary(), tostring(kim) },
      { "Colleague", "Kim Lund, engineer at Northwind", "Kim Lund, engineer at Northwind" })
    raises("needs a company", function()
      contacts:addColleague("Lea Moss", "")
    end)
    same(#contacts, 2)
  end)

  it("searches names, numbers, notes and companies, whatever the case", function()
    local kim = contacts:addColleague("Kim Lund", "Northwind")
    ann.note = "plays chess"
    same(contacts:search("NORTH")[1] == kim, true)
    same(contacts:search("0100")[1] == ann, true)
    same(contacts:search("chess")[1] == ann, true)
    same({ #contacts:search("nobody"), #contacts:search("."), #contacts:search() }, { 0, 0, 2 })
  end)

  it("keeps the query for those who come later", function()
    contacts:search("cole")
    contacts:add("Ben Cole")
    same(#contacts:found(), 1)
  end)

  it("selects by position, name and object, and nothing", function()
    for _, which in ipairs({ 1, "Ann Berg", ann }) do
      contacts:select()
      same(contacts:select(which) == ann, true)
    end
    contacts:select()
    same(contacts.selected, nil)
  end)

  it("keeps the selection when there is no such contact", function()
    contacts:select(1)
    raises("no contact 7", function()
      contacts:select(7)
    end)
    same(contacts.selected == ann, true)
  end)

  it("selects nothing after the selected contact is gone", function()
    contacts:add("Ben")
    contacts:select(ann)
    same(contacts:remove("Ann Berg") == ann, true)
    same({ contacts.selected, contacts:names() }, { nil, { "Ben" } })
  end)

  it("sorts by last name, favourites first", function()
    contacts:add("Zoe Abel")
    contacts:add("Bo")
    contacts:add("Adam Berg"):toggleFavourite()
    contacts:sort()
    same(contacts:names(), { "Adam Berg", "Zoe Abel", "Ann Berg", "Bo" })
  end)

  it("sorts equal names by age, again and again", function()
    local second = contacts:add("Ann Berg")
    contacts:sort()
    contacts:sort()
    same({ contacts[1] == ann, contacts[2] == second }, { true, true })
  end)

  it("counts, and counts what is found", function()
    same({ contacts:count(), contacts:isFilled() }, { "1 contact", true })
    contacts:addSamples()
    contacts:search("north")
    same(contacts:count(), "2 of 13 contacts")
  end)

  it("makes twelve samples", function()
    same(contacts:addSamples(), "now 13 contacts")
    same(session:countInstances(session:prototype("Contact"), true), 13)
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
    same({ contacts.form, contacts[2].type, contacts[2].name }, { nil, "Contact", "Ben Cole" })
    same(contacts[2].phones, { "555 0101", "555 0102" })
  end)

  it("adds a colleague if there is a company", function()
    opened().name, form.company, form.role = "Kim Lund", "Northwind", "engineer"
    form:save()
    same({ contacts[2].type, contacts[2]:details() }, { "Colleague", "engineer, Northwind" })
  end)

  it("stays open and says what is wrong", function()
    opened().phones = "call me"
    form:save()
    same({ form.problem, contacts.form == form, #contacts }, { "a contact needs a name", true, 1 })
    form.name = "Ben"
    form:save()
    same({ form.problem, #contacts }, { "call me is not a phone number", 1 })
  end)

  it("changes a contact when it is saved, and not before", function()
    opened(1).name, form.note = "Anna Berg", "plays chess"
    same({ form:heading(), form:isNew(), form.phones }, { "Ann Berg", false, "555 0100" })
    form:save()
    same({ contacts[1].name, contacts[1].note, contacts[1].company }, { "Anna Berg", "plays chess", nil })
  end)

  it("leaves a contact alone when it is closed or wrong", function()
    opened(1).name = "Anna"
    form:close()
    opened(1).name = " "
    form:save()
    same({ contacts[1].name, form.problem }, { "Ann Berg", "a contact needs a name" })
  end)

  it("knows a colleague, and keeps one who loses the company", function()
    contacts:addColleague("Kim Lund", "Northwind")
    same({ opened(1):isPrivate(), opened(2):isPrivate(), opened():isPrivate() }, { true, false, false })
    opened(2).company = ""
    form:save()
    same({ form.problem, contacts[2].company }, { "a colleague needs a company", "Northwind" })
  end)

  it("closes when its contact is deleted", function()
    local ann = contacts[1]
    opened(1)
    same(ann:isOpen(), true)
    form:remove()
    same({ contacts.form, #contacts, ann.list, ann:isOpen() }, { nil, 0, nil, false })
  end)

  it("is opened by the contacts of a list that is older than it", function()
    contacts[1].list = nil
    contacts:mutate()
    contacts[1]:open()
    same(contacts.form.contact == contacts[1], true)
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
    same(spec.edit(APP, { { "a contact needs a name", "a contact wants a name" } }), true)
    same({ contacts[1] == ann, contacts[2] == kim, contacts.selected == ann }, { true, true, true })
    same(session:prototype("Contact") == before, true)
    raises("wants a name", function()
      ann:rename("")
    end)
  end)

  it("get a new field with what mutate says, colleagues too", function()
    same(spec.edit(APP, {
      { '  note = "",\n', '  note = "",\n  email = EMPTY,\n' },
      { "  self.phones = self.phones or", '  self.email = self.email or "unknown"\n  self.phones = self.phones or' },
    }), true)
    same({ ann.email, kim.email, contacts:add("Ben").email }, { "unknown", "unknown", nil })
  end)

  it("lose a field that is taken out", function()
    ann.note = "plays chess"
    same(spec.edit(APP, { { '  note = "",\n', "" }, { '.. self.note .. " " ', "" } }), true)
    same({ ann.note, rawget(ann, "note"), ann.name }, { nil, nil, "Ann Berg" })
  end)

  it("see a changed default unless they have a value of their own", function()
    kim.note = "mine"
    same(spec.edit(APP, { { '  note = "",', '  note = "none",' } }), true)
    same({ ann.note, kim.note }, { "none", "mine" })
  end)

  it("find a method gone that was taken out", function()
    same(spec.edit(APP, { { "function Contact:toggleFavourite()", "local function unused(self)" } }), true)
    same(ann.toggleFavourite, nil)
  end)

  it("keep name and data when a mutate fails, and are migrated by the next save", function()
    same(spec.edit(APP, {
      { '  note = "",\n', '  note = "",\n  email = EMPTY,\n' },
      { "  self.phones = self.phones or", "  self.email = oops.nothing\n  self.phones = self.phones or" },
    }) ~= nil, true)
    same({ ann.name, ann.phones, ann.email }, { "Ann Berg", { "555 0100" } })
    same(spec.edit(APP, { { "self.email = oops.nothing", 'self.email = "ann@example.org"' } }), true)
    same({ ann.email, kim.email }, { "ann@example.org", "ann@example.org" })
  end)
end)

describe("contacts from an earlier version of the file", function()
  -- Turns the file back into one of its earlier shapes, and lets the spec save today's again.
  local TODAY = "  phones = EMPTY,\n"

  it("have their one phone split into a list", function()
    same(spec.edit(APP, { { TODAY, '  phone = "",\n' } }), true)
    local old = session:create(session:prototype("Contact"), { name = "Old", phone = "555 1, 555 2" })
    local none = session:create(session:prototype("Contact"), { name = "None" })
    same(spec.edit(APP, { { '  phone = "",\n', TODAY } }), true)
    same({ old.phones, none.phones }, { { "555 1", "555 2" }, {} })
    same({ old.phone, rawget(old, "phone") }, {})
  end)

  it("have their full name moved", function()
    same(spec.edit(APP, { { '  name = "",\n', '  fullName = "",\n' } }), true)
    local old = session:create(session:prototype("Contact"), { fullName = "Ann Berg", phones = {} })
    same(spec.edit(APP, { { '  fullName = "",\n', '  name = "",\n' } }), true)
    same({ old.name, old.fullName }, { "Ann Berg" })
  end)

  it("catch up over several versions at once", function()
    same(spec.edit(APP, { { '  name = "",\n', '  fullName = "",\n' }, { TODAY, '  phone = "",\n' } }), true)
    local fields = { fullName = "Kim Lund", phone = "555 1", company = "Northwind" }
    local old = session:create(session:prototype("Colleague"), fields)
    same(spec.edit(APP, { { '  fullName = "",\n', '  name = "",\n' }, { '  phone = "",\n', TODAY } }), true)
    same({ old.name, old.phones, old.company }, { "Kim Lund", { "555 1" }, "Northwind" })
  end)
end)
