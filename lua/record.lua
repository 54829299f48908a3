--- The prototype "Record": what all kept things have in common. Each has an id, and can say what is wrong with it.
---
--- Other prototypes name it as their base (`session:prototype("Contact", {…}, Record)`) and inherit `new`, `update`
--- and the rest. Add a field or a method here, save, and contacts and messages that exist already have it.

---@class Record
---@field id integer unique among all records of the session
---@field nextId integer
local Record = session:prototype("Record", {
  -- No default makes sense for an id. EMPTY says that the field belongs to every record and begins as nil.
  id = EMPTY,
})

-- Outside the init table: this is not a field of each record but one number for all. The file runs again at each
-- save, and with a plain `= 1` the records made after it would get ids that are taken.
Record.nextId = Record.nextId or 1

--- Makes a record of the receiver's kind: `Contact:new { name = "Ann" }` is a Contact. The table given becomes the
--- record.
---@generic T : Record
---@param self T
---@param fields? table
---@return T
function Record:new(fields)
  local record = session:create(self, fields)
  -- Record.nextId, not self.nextId: assigned through a derived prototype, it would start a second count there.
  record.id = Record.nextId
  Record.nextId = Record.nextId + 1
  return record
end

--- Returns what is wrong with the record, in words for people; an empty list if nothing is. Derived prototypes
--- override it.
---@return string[]
function Record:problems()
  return {}
end

--- Raises the first problem, without a position: it is about what was typed, not about the code.
function Record:check()
  local problem = self:problems()[1]
  if problem then
    error(problem, 0)
  end
end

--- Changes several fields, or none of them if the outcome would have a problem; raises that problem.
---@param fields table
function Record:update(fields)
  local before = {}
  for name, value in pairs(fields) do
    -- Raw, so that a field which had the prototype's default has it again afterwards, not a copy of it.
    before[name] = rawget(self, name)
    self[name] = value
  end
  local problem = self:problems()[1]
  if problem then
    for name in pairs(fields) do
      self[name] = before[name]
    end
    error(problem, 0)
  end
end

--- Returns the record in one line, for logs and the prompt.
---@return string
function Record:summary()
  return self.type .. " " .. tostring(self.id)
end

-- Lua looks for `__tostring` in the metatable itself and not further along its chain, so derived prototypes that want
-- it repeat the assignment: `Contact.__tostring = Record.__tostring`. It calls `summary` by name, which each may
-- override.
function Record:__tostring()
  return self:summary()
end

return Record
