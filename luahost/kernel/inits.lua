-- inits: what a prototype declares: its init table, and the copy of it that the next declaration is compared with.
local type, next, getmetatable, rawequal = type, next, getmetatable, rawequal
local M = {}

local MAX_ENTRIES = 1000
local EMPTY = {}
M.EMPTY = EMPTY

local reserved = { type = true, __index = true, new = true }

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

-- What of an init is declared: fields, not methods.
local function is_field(k, v)
  return type(k) == "string" and type(v) ~= "function" and not reserved[k]
end

---Answers the copy of `init` that the next declaration is compared with, and whether there are `EMPTY` marks in it.
function M.store(init)
  local stored, has_marks = {}, false
  for k, v in next, init do
    if v == EMPTY then has_marks = true end
    if is_field(k, v) then
      if type(v) == "table" and not rawequal(v, EMPTY) and is_literal(v, { count = 0 }) then v = copy(v) end
      stored[k] = v
    end
  end
  return stored, has_marks
end

---Takes the `EMPTY` marks out of a new prototype, so that these fields read nil.
function M.take_marks(prototype)
  for k, v in next, prototype do
    if rawequal(v, EMPTY) then prototype[k] = nil end
  end
end

M.is_field, M.is_literal = is_field, is_literal

return M
