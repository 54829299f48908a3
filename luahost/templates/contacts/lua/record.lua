--- The prototype "Record": what contacts of every kind have in common. Others name it as their base and inherit its
--- methods. Add one here, save, and the contacts that exist have it.

---@class Record
---@field id integer unique in the session
---@field nextId integer
local Record = session:prototype("Record", {
  -- No default makes sense for an id. EMPTY says that each record has the field, and that it begins as nil.
  id = EMPTY,
})

-- Outside the init table: one number for all records, not a field of each. The file runs again at each save; a plain
-- `= 1` would then give out ids that are taken.
Record.nextId = Record.nextId or 1

--- Makes a record of the receiver's kind; the table given becomes the record.
---@generic T : Record
---@param self T
---@param fields? table
---@return T
function Record:new(fields)
  local record = session:create(self, fields)
  -- Not `self.nextId`, which through a derived prototype would begin a second count there.
  record.id = Record.nextId
  Record.nextId = Record.nextId + 1
  return record
end

--- Returns what is wrong with the record, in words for people; nil if nothing is.
---@return string?
function Record:problem()
  return nil
end

return Record
