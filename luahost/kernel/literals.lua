-- literals: tables in an init that are compared by what is in them.
local K = ...
local type, next, getmetatable, rawequal = type, next, getmetatable, rawequal
local EMPTY = K.inits.EMPTY
local M = {}

local MAX_ENTRIES = 1000

-- A table that is compared by what is in it: plain, no cycle, at most a thousand entries in all.
local function is_literal(t, seen)
  if getmetatable(t) ~= nil or seen[t] then return false end
  seen[t] = true
  for _, v in next, t do
    seen.count = seen.count + 1
    if seen.count > MAX_ENTRIES then return false end
    if type(v) == "table" and not rawequal(v, EMPTY) and not is_literal(v, seen) then return false end
  end
  seen[t] = nil
  return true
end

local function copy(t)
  local out = {}
  for k, v in next, t do out[k] = type(v) == "table" and not rawequal(v, EMPTY) and copy(v) or v end
  return out
end

---Answers the copy of a literal table with all in it that is one; of any other, the table itself.
function M.copy(t) return is_literal(t, { count = 0 }) and copy(t) or t end

M.is_literal = is_literal

return M
