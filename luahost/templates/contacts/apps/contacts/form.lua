--- The form of a contact: what is typed stays here until it is saved, so that nothing half typed is in the list.

---@class contacts.Form
---@field list ContactList
---@field contact? Contact the contact that it is about; nil for a new one
---@field name string
---@field phone string
---@field trouble string why the last attempt to save failed
local Form = session:prototype("contacts.Form", {
  name = "",
  phone = "",
  trouble = "",
  list = EMPTY,
  contact = EMPTY,
})

--- Makes the form of a contact, or an empty one.
---@param list ContactList
---@param contact? Contact
---@return contacts.Form
function Form:new(list, contact)
  local form = session:create(self, { list = list, contact = contact })
  if contact then
    form.name, form.phone = contact.name, contact.phone
  end
  return form
end

--- Saves what was typed and closes the form; says what is wrong with it otherwise.
function Form:save()
  local ok, trouble = pcall(self.contact and self.change or self.add, self)
  if ok then
    self:close()
  else
    self.trouble = trouble
  end
end

--- Adds what was typed as a new contact.
function Form:add()
  self.list:add({ name = self.name, phone = self.phone })
end

--- Gives the contact what was typed, or leaves it as it was if something is wrong with that.
function Form:change()
  local contact = self.contact
  local name, phone = contact.name, contact.phone
  contact.name, contact.phone = self.name, self.phone
  local problem = contact:problem()
  if problem then
    contact.name, contact.phone = name, phone
    error(problem, 0)
  end
end

--- Closes the form without saving.
function Form:close()
  self.list.form = nil
end

return Form
