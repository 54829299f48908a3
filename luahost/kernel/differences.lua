-- differences: what tells two declarations of a prototype apart.
local K = ...
local same_kind, EMPTY, is_literal = K.numbers.same_kind, K.inits.EMPTY, K.literals.is_literal
local type, next, rawget, rawset, rawequal = type, next, rawget, rawset, rawequal
local M = {}

local same

local function same_tables(a, b)
  for k, v in next, a do
    if not same(v, b[k]) then return false end
  end
  for k in next, b do
    if a[k] == nil then return false end
  end
  return true
end

---Answers whether two defaults are the same default.
function same(a, b)
  local kind = type(a)
  if kind ~= type(b) then return false end
  if kind == "number" then return (a == b and same_kind(a, b)) or (a ~= a and b ~= b) end
  if kind == "function" then return true end
  if kind ~= "table" or rawequal(a, EMPTY) or rawequal(b, EMPTY) then return rawequal(a, b) end
  if not is_literal(a, { count = 0 }) or not is_literal(b, { count = 0 }) then return true end
  return same_tables(a, b)
end

---Answers what differs: three tables of field names to old default (`added`: the new one), and whether any does.
function M.difference(old, new)
  local change, any = { added = {}, changed = {}, removed = {} }, false
  for k, v in next, new do
    if old[k] == nil then
      change.added[k], any = v, true
    elseif not same(old[k], v) then
      change.changed[k], any = old[k], true
    end
  end
  for k, v in next, old do
    if new[k] == nil then change.removed[k], any = v, true end
  end
  return change, any
end

---Puts the functions in `fresh` where `live`, an equal default that stays, has older ones.
function M.renew_functions(live, fresh)
  for k, v in next, fresh do
    local kind, there = type(v), rawget(live, k)
    if kind == "function" then
      rawset(live, k, v)
    elseif kind == "table" and type(there) == "table" and not rawequal(there, v) and is_literal(v, { count = 0 }) then
      M.renew_functions(there, v)
    end
  end
end

return M
