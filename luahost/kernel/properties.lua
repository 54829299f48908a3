-- properties: the strings that a variable carries beside its value, and how urgently each is told.
local K = ...
local refusals = K.refusals
local match, type, next = string.match, type, next
local M = {}

local HIGH, MEDIUM, LOW = 1, 2, 3
local priorities = { high = HIGH, med = MEDIUM, medium = MEDIUM, low = LOW }
local MOST = 1000
M.HIGH, M.MEDIUM, M.LOW = HIGH, MEDIUM, LOW

---Splits `name:high` into the name and its priority, which is nil where the name says none.
function M.split(name)
  local bare, suffix = match(name, "^(.*):(%a+)$")
  if priorities[suffix] then return bare, priorities[suffix] end
  return name, nil
end

---Answers the priority that a property `priority` names; medium for none.
function M.priority_of(word)
  if word == nil or word == "" then return MEDIUM end
  return priorities[word] or refusals.refuse("bad-message", "bad priority '%s': it is high, med or low", word)
end

---Answers properties with their suffixes taken off, and the priorities that these name. Values are strings.
function M.normal(given)
  local values, ranks, count = {}, {}, 0
  for name, value in next, given do
    if type(name) ~= "string" or type(value) ~= "string" then
      refusals.refuse("bad-message", "properties are strings by name")
    end
    local bare, rank = M.split(name)
    values[bare], ranks[bare], count = value, rank, count + 1
  end
  if count > MOST then refusals.refuse("limit", "a variable has at most %d properties", MOST) end
  return values, ranks
end

return M
