--- The form in which a page edits a contact: a copy of its fields, as what people type, until they save.

local text = require("text")

---@class contacts.Form
---@field list ContactList
---@field contact? Contact the one that is edited; nil for a new one
---@field phones string with commas between the numbers
---@field problem? string why the last attempt to save failed
local Form = session:prototype("contacts.Form", {
  list = EMPTY,
  contact = EMPTY,
  name = "",
  phones = "",
  company = "",
  role = "",
  note = "",
  favourite = false,
  problem = EMPTY,
})

--- Makes the form of a contact, or an empty one.
---@param list ContactList
---@param contact? Contact
---@return contacts.Form
function Form:new(list, contact)
  local form = session:create(self, { list = list, contact = contact })
  if contact then
    form.name, form.note, form.favourite = contact.name, contact.note, contact.favourite
    form.phones = table.concat(contact.phones, ", ")
    form.company, form.role = contact.company or "", contact.role or ""
  end
  return form
end

--- Returns what stands above the form.
---@return string
function Form:heading()
  return self.contact and self.contact.name or "New contact"
end

--- Returns whether the form is for a contact that isn't in the list yet.
---@return boolean
function Form:isNew()
  return self.contact == nil
end

--- Returns whether there is no place for a company: a contact that exists stays what it is.
---@return boolean
function Form:isPrivate()
  return self.contact ~= nil and self.contact.company == nil
end

--- Returns the fields that a contact gets from the form.
---@return table
function Form:fields()
  local fields = {
    name = text.trim(self.name),
    phones = text.split(self.phones, ","),
    note = text.trim(self.note),
    favourite = self.favourite,
  }
  -- A new contact becomes a colleague by its company.
  local isColleague = self.contact and self.contact.company or not text.isBlank(self.company)
  if isColleague then
    fields.company, fields.role = text.trim(self.company), text.trim(self.role)
  end
  return fields
end

--- Brings what was typed to the contact, or makes it; raises what is wrong.
function Form:apply()
  if self.contact then
    self.contact:update(self:fields())
  else
    self.list:addNew(self:fields())
  end
end

--- Saves and closes the form; if something is wrong, it stays open and shows that.
function Form:save()
  local ok, problem = pcall(self.apply, self)
  self.problem = not ok and problem or nil
  if ok then
    self.list:close()
  end
end

--- Takes the contact out of the list.
function Form:remove()
  self.list:remove(self.contact)
end

--- Closes the form without saving.
function Form:close()
  self.list:close()
end

return Form
