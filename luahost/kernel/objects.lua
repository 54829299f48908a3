-- objects: the numbers by which live tables are known outside. A table has one for as long as it lives, and none is given twice.
local K = ...
local setmetatable = setmetatable
local M = {}

local numbers = setmetatable({}, { __mode = "k" }) -- table -> number
local by_number = setmetatable({}, { __mode = "v" }) -- number -> table
local last = 1 -- variable 1 has the first: 2 for the app object

---Answers the number of `t`, a new one if it has none.
function M.number(t)
  local number = numbers[t]
  if not number then
    last = last + 1
    number, numbers[t], by_number[last] = last, last, t
  end
  return number
end

---Answers the live table with this number, or nil.
function M.find(number) return by_number[number] end

if K.root.app then M.number(K.root.app) end

return M
