-- containers: the tables that code is written into: prototypes, module tables, `session`, `_G`, plain tables that a global names.
local K = ...
local M = {}

local MAX_ENTRIES = 1000

local function is_small(t)
  local count = 0
  for _ in next, t do
    count = count + 1
    if count > MAX_ENTRIES then return false end
  end
  return true
end

---Answers whether `t` is a live object of the application: a prototype, or a table that has one as its metatable.
function M.is_live(t)
  local records, meta = K.prototypes.records, K.compat.getmetatable(t)
  return records[t] ~= nil or (meta ~= nil and records[meta] ~= nil)
end

-- Tables that a session's globals name from the start (libraries, `ui`, …), with their names. Two of them are told apart by these:
-- comparing tables may call a guest's __eq, and a call of rawequal costs as much as ten comparisons.
local given = {}
M.given = given

---Answers whether a global that holds `t` makes it a container: plain data or functions, nothing with a life of its own.
function M.is_named(t)
  return type(t) == "table" and getmetatable(t) == nil and K.prototypes.records[t] == nil and not given[t] and is_small(t)
end

return M
