-- numbers: whole numbers and others, where the VM tells them apart and where it does not (LuaJIT).
local kind = math.type
local M = {}

-- LuaJIT has no integers: what is whole there counts as one, so that 5 prints as 5 on every side.
M.is_integer = kind and function(n) return kind(n) == "integer" end
  or function(n) return n % 1 == 0 and n >= -2 ^ 53 and n <= 2 ^ 53 and (n ~= 0 or 1 / n > 0) end

-- 1 and 1.0 are different defaults where the VM tells them apart.
M.same_kind = kind and function(a, b) return kind(a) == kind(b) end or function() return true end

return M
