-- inits: what a prototype declares: its init table, and the copy of it that the next declaration is compared with.
local K = ...
local M = {}

local EMPTY = {}
M.EMPTY = EMPTY

local reserved = { type = true, __index = true, new = true }

-- What of an init is declared: fields, not methods.
local function is_field(k, v)
  return type(k) == "string" and type(v) ~= "function" and not reserved[k]
end

---Answers the copy of `init` that the next declaration is compared with, and whether there are `EMPTY` marks in it.
function M.store(init)
  local stored, has_marks = { a = nil, b = nil, c = nil, d = nil }, false -- has room for four at once
  for k, v in next, init do
    local kind = type(v)
    if kind == "table" then
      if rawequal(v, EMPTY) then has_marks = true elseif is_field(k, v) then v = K.literals.copy(v) end
    end
    if kind ~= "function" and not reserved[k] and type(k) == "string" then stored[k] = v end
  end
  return stored, has_marks
end

---Takes the `EMPTY` marks out of a new prototype, so that these fields read nil.
function M.take_marks(prototype)
  for k, v in next, prototype do
    if rawequal(v, EMPTY) then prototype[k] = nil end
  end
end

M.is_field = is_field

return M
