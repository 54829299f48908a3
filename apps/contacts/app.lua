--- A list of contacts: objects that live through changes of their own shape.
---
--- To see a migration: `app.contacts:addSamples()` makes twelve contacts. Add the line `email = EMPTY,` to Contact's
--- fields below, write `self.email = self.email or "unknown"` into `Contact:mutate`, and save. The prompt reports
--- `Contact +email · 12 instances`, and `app.contacts[1].email` is "unknown". Take both lines out again, and the
--- field goes.

local Record = require("record")
local Form = require("contacts.form")
local guide = require("guide")
local text = require("text")

---@class Contact : Record
---@field name string
---@field phones string[]
---@field note string
---@field favourite boolean
---@field list? ContactList the list that it is in
local Contact = session:prototype("Contact", {
  name = "",
  note = "",
  favourite = false,
  -- Each contact has a list of its own, which `new` makes. A `{}` here would be one list, shared by all of them.
  phones = EMPTY,
  list = EMPTY,
}, Record)

Contact.__tostring = Record.__tostring

--- Makes a contact; raises what is wrong with the fields.
---@param fields { name: string, phones?: string[], note?: string, favourite?: boolean }
---@return Contact
function Contact:new(fields)
  local contact = Record.new(self, fields)
  contact.phones = contact.phones or {}
  contact:check()
  return contact
end

--- Brings a contact that exists to the fields above. luahost calls it, once per contact, after a save that changed
--- them, and for a saved session that is older than this file.
---
--- While it runs the fields still read as before the change: an added one is nil, a removed one has its old value. So
--- what is written here is safe for every contact, whichever shape it comes from.
---@param change { added: table, removed: table, changed: table }
function Contact:mutate(change)
  -- The first version had `fullName`. Without this line the name would go together with the field.
  if change.removed.fullName ~= nil then
    self.name = self.fullName
  end
  -- Then there was one `phone`, with commas in it where somebody had two.
  if change.removed.phone ~= nil then
    self.phones = text.split(self.phone or "", ",")
  end
  self.phones = self.phones or {}
end

--- Returns what is wrong with the contact, in words for people; an empty list if nothing is.
---@return string[]
function Contact:problems()
  local problems = {}
  if text.isBlank(self.name) then
    problems[#problems + 1] = "a contact needs a name"
  end
  for _, phone in ipairs(self.phones) do
    if type(phone) ~= "string" or not phone:find("^[%d%s+()/-]+$") or not phone:find("%d") then
      problems[#problems + 1] = tostring(phone) .. " is not a phone number"
    end
  end
  return problems
end

--- Gives the contact another name.
---@param name string
function Contact:rename(name)
  self:update({ name = type(name) == "string" and text.trim(name) or "" })
end

--- Adds a phone number; a number that is there already isn't added again.
---@param phone string
function Contact:addPhone(phone)
  local phones = {}
  for _, known in ipairs(self.phones) do
    if known == phone then
      return
    end
    phones[#phones + 1] = known
  end
  phones[#phones + 1] = phone
  -- A new list rather than one more entry: if the number turns out wrong, `update` puts the old list back.
  self:update({ phones = phones })
end

--- Makes the contact a favourite, or no longer one.
---@return boolean favourite
function Contact:toggleFavourite()
  self.favourite = not self.favourite
  return self.favourite
end

--- Opens the contact in the list's form.
function Contact:open()
  self.list:open(self)
end

--- Returns whether the contact is open in the list's form.
---@return boolean
function Contact:isOpen()
  return self.list ~= nil and self.list.form ~= nil and self.list.form.contact == self
end

--- Returns the letters that stand for the contact.
---@return string
function Contact:initials()
  return text.initials(self.name)
end

--- Returns what a page shows below the name.
---@return string
function Contact:details()
  return self.phones[1] or self.note
end

--- Returns whether the contact has to do with `query`.
---@param query string
---@return boolean
function Contact:matches(query)
  return text.contains(self.name .. " " .. self.note .. " " .. table.concat(self.phones, " "), query)
end

--- Returns what the contact is sorted by: favourites first, then the last word of the name, then the rest.
---@return string
function Contact:sortKey()
  local rest, last = self.name:match("^(.*)%s(%S+)$")
  return (self.favourite and "0" or "1") .. ((last or self.name) .. " " .. (rest or "")):lower()
end

--- Returns the contact in one line.
---@return string
function Contact:summary()
  local phones = table.concat(self.phones, ", ")
  return (self.favourite and "* " or "") .. self.name .. (phones ~= "" and " (" .. phones .. ")" or "")
end

--- A contact from work. It has all that a Contact has, so a new field there reaches colleagues too, and
--- `Contact:mutate` migrates them as well.
---@class Colleague : Contact
---@field company string
---@field role string
local Colleague = session:prototype("Colleague", { company = "", role = "" }, Contact)

Colleague.__tostring = Record.__tostring

--- Returns what is wrong with the colleague: all that can be wrong with a contact, or that the company is missing.
---@return string[]
function Colleague:problems()
  local problems = Contact.problems(self)
  if text.isBlank(self.company) then
    problems[#problems + 1] = "a colleague needs a company"
  end
  return problems
end

---@return string
function Colleague:details()
  return (self.role ~= "" and self.role .. ", " or "") .. self.company
end

---@param query string
---@return boolean
function Colleague:matches(query)
  return Contact.matches(self, query) or text.contains(self.company .. " " .. self.role, query)
end

---@return string
function Colleague:summary()
  return Contact.summary(self) .. ", " .. (self.role ~= "" and self.role .. " at " or "") .. self.company
end

--- The list. It holds its contacts as a Lua sequence, so that `app.contacts[1]`, `#app.contacts` and, from outside,
--- the path `app.contacts.0` work; what else belongs to a list are its named fields.
---@class ContactList
---@field [integer] Contact
---@field query string what `found` looks for
---@field selected? Contact
---@field form? contacts.Form what is being edited on the page
local ContactList = session:prototype("ContactList", {
  query = "",
  selected = EMPTY,
  form = EMPTY,
})

--- Tells contacts of a list that is older than their field `list` where they are.
function ContactList:mutate()
  for _, contact in ipairs(self) do
    contact.list = self
  end
end

--- Adds a contact; raises what is wrong with it, and then the list is as it was.
---@param name string
---@param phone? string
---@return Contact
function ContactList:add(name, phone)
  return self:insert(Contact:new({ name = name, phones = { phone } }))
end

--- Adds somebody from work; raises what is wrong.
---@param name string
---@param company string
---@param role? string
---@return Colleague
function ContactList:addColleague(name, company, role)
  return self:insert(Colleague:new({ name = name, company = company, role = role }))
end

--- Adds a contact with these fields: a colleague, if there is a company among them; raises what is wrong.
---@param fields table
---@return Contact
function ContactList:addNew(fields)
  return self:insert((fields.company and Colleague or Contact):new(fields))
end

--- Adds a contact that exists already.
---@param contact Contact
---@return Contact
function ContactList:insert(contact)
  self[#self + 1] = contact
  contact.list = self
  return contact
end

--- Returns the position of a contact and the contact itself; raises an error if the list has no such contact.
---@param which integer|string|Contact its position from 1, its name, or itself
---@return integer position
---@return Contact contact
function ContactList:locate(which)
  for position, contact in ipairs(self) do
    if position == which or contact == which or contact.name == which then
      return position, contact
    end
  end
  error("no contact " .. tostring(which), 0)
end

--- Takes a contact out of the list.
---@param which integer|string|Contact
---@return Contact
function ContactList:remove(which)
  local position, contact = self:locate(which)
  if self.selected == contact then
    self.selected = nil
  end
  if contact:isOpen() then
    self:close()
  end
  contact.list = nil
  return table.remove(self, position)
end

--- Selects a contact, or none: `select()`.
---@param which? integer|string|Contact
---@return Contact? selected
function ContactList:select(which)
  if which == nil then
    self.selected = nil
    return nil
  end
  local _, contact = self:locate(which)
  self.selected = contact
  return contact
end

--- Selects a contact and opens it in the form; without one, opens an empty form for a new contact.
---@param which? integer|string|Contact
function ContactList:open(which)
  self.form = Form:new(self, self:select(which))
end

--- Closes the form; what is in it and has not been saved goes.
function ContactList:close()
  self.form = nil
end

--- Sets what is looked for and returns what is found; nothing, or an empty text, finds all.
---@param query? string
---@return Contact[]
function ContactList:search(query)
  self.query = query or ""
  return self:found()
end

--- Returns the contacts that match the query, in the order of the list: a plain list, which a user interface can
--- show.
---@return Contact[]
function ContactList:found()
  local found = {}
  for _, contact in ipairs(self) do
    if contact:matches(self.query) then
      found[#found + 1] = contact
    end
  end
  return found
end

--- Returns how many contacts there are, and how many of them are found.
---@return string
function ContactList:count()
  local found = #self:found()
  return (found < #self and found .. " of " or "") .. text.plural(#self, "contact")
end

--- Returns whether there are contacts.
---@return boolean
function ContactList:isFilled()
  return #self > 0
end

--- Sorts the list, favourites first, by last name.
function ContactList:sort()
  table.sort(self, function(left, right)
    local leftKey, rightKey = left:sortKey(), right:sortKey()
    -- The id decides between equal names, so that sorting twice gives the same order twice.
    return leftKey < rightKey or (leftKey == rightKey and left.id < right.id)
  end)
end

--- Returns the names, in the order of the list.
---@return string[]
function ContactList:names()
  local names = {}
  for position, contact in ipairs(self) do
    names[position] = contact.name
  end
  return names
end

--- Adds twelve contacts to play with, three of them colleagues.
---@return string
function ContactList:addSamples()
  local names = "Ann Berg, Ben Cole, Cleo Diaz, Dora Ek, Emil Frank, Fay Gray, Gus Holm, Hana Ito, Ivo Jung"
  for position, name in ipairs(text.split(names, ",")) do
    self:add(name, "555 01" .. (10 + position))
  end
  self:addColleague("Kim Lund", "Northwind", "engineer")
  self:addColleague("Lea Moss", "Northwind", "designer")
  self:addColleague("Max Noor", "Contoso")
  return "now " .. text.plural(#self, "contact")
end

--- Prints what can be tried.
function ContactList:help()
  guide.show("Contacts, " .. #self .. " in the list", {
    { "app.contacts:addSamples()", "twelve contacts to play with" },
    { 'app.contacts:add("Ann", "555 0100")', "adds one; no name or a wrong number is an error" },
    { 'app.contacts:addColleague("Bo", "Northwind")', "adds one of a derived prototype" },
    { 'app.contacts[1]:rename("Anna")', "changes one; from outside it is contacts.0" },
    { 'app.contacts:search("north")', "returns what matches" },
    { "app.contacts:select(1)", "by position, name or object" },
    { "app.contacts:sort()", "favourites first, then by last name" },
    { "app.contacts:remove(1)", "takes one out" },
  })
end

return ContactList
