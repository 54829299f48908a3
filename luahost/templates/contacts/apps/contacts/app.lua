--- Contacts: a base, two prototypes derived from it, and a form. Try it at the prompt of `luahost run`:
---
---   app:add({ name = "Ann Berg" })
---   app:hire({ name = "Bob Cole", company = "Acme" })
---   =app:found()
---
--- To see a migration: add `email = EMPTY,` to Contact's fields, write `self.email = self.email or "unknown"` into
--- `Contact:mutate`, and save. Colleagues are contacts, so they come along.

local Record = require("record")
local Form = require("contacts.form")

---@class Contact : Record
---@field name string
---@field phone string
---@field list? ContactList the list that it is in
local Contact = session:prototype("Contact", {
  name = "",
  phone = "",
  list = EMPTY,
}, Record)

--- Brings a contact that exists to the fields above. luahost calls it, once for each contact, after a save that
--- changed them. While it runs, the fields read as before the save: an added one is nil, one that is gone has its
--- old value.
---@param change luahost.Change what of the fields has changed, with the defaults
function Contact:mutate(change)
  -- An example that is done: the first version called the field `fullName`. Without this line the names would have
  -- gone together with the field.
  if change.removed.fullName ~= nil then
    self.name = self.fullName
  end
end

--- Returns what is wrong with the contact.
---@return string?
function Contact:problem()
  if not self.name:find("%S") then
    return "a contact needs a name"
  elseif self.phone:find("[^%d%s+()/-]") then
    return self.phone .. " is not a phone number"
  end
end

--- Returns what a page shows below the name.
---@return string
function Contact:details()
  return self.phone
end

--- Opens the contact in the list's form.
function Contact:edit()
  self.list.form = Form:new(self.list, self)
end

--- Takes the contact off its list.
function Contact:remove()
  self.list:remove(self)
end

--- A contact from work: all that a Contact has, and a company.
---@class Colleague : Contact
---@field company string
local Colleague = session:prototype("Colleague", { company = "" }, Contact)

--- Returns the company with the phone number.
---@return string
function Colleague:details()
  return self.company .. (self.phone ~= "" and " · " .. self.phone or "")
end

---@class ContactList
---@field contacts Contact[]
---@field query string what is searched for
---@field form? contacts.Form the form that is open
local ContactList = session:prototype("ContactList", {
  query = "",
  contacts = EMPTY,
  form = EMPTY,
})

--- Makes an empty list.
---@return ContactList
function ContactList:new()
  return session:create(self, { contacts = {} })
end

-- A local function: nobody outside needs it. After a save, the methods of this file use the new one.
local function keep(list, contact)
  local problem = contact:problem()
  if problem then
    error(problem, 0)
  end
  contact.list = list
  list.contacts[#list.contacts + 1] = contact
  return contact
end

--- Adds a contact; raises what is wrong with it.
---@param fields { name: string, phone?: string }
---@return Contact
function ContactList:add(fields)
  return keep(self, Contact:new(fields))
end

--- Adds a contact from work; raises what is wrong with it.
---@param fields { name: string, phone?: string, company?: string }
---@return Colleague
function ContactList:hire(fields)
  return keep(self, Colleague:new(fields))
end

--- Opens an empty form.
function ContactList:open()
  self.form = Form:new(self)
end

--- Takes a contact off the list, and closes its form.
---@param contact Contact
function ContactList:remove(contact)
  for position, candidate in ipairs(self.contacts) do
    if candidate == contact then
      table.remove(self.contacts, position)
      break
    end
  end
  if self.form and self.form.contact == contact then
    self.form = nil
  end
end

--- Returns the contacts whose name has to do with the query, sorted by name.
---@return Contact[]
function ContactList:found()
  local found = {}
  for _, contact in ipairs(self.contacts) do
    if contact.name:lower():find(self.query:lower(), 1, true) then
      found[#found + 1] = contact
    end
  end
  table.sort(found, function(one, other)
    return one.name < other.name
  end)
  return found
end

return ContactList
