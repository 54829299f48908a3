-- compat: what differs between Lua 5.1 (LuaJIT), 5.4 and 5.5, decided once; the rest of the kernel is common subset.
local M = {}

M.unpack = table.unpack or unpack
M.rawlen = rawlen or function(t) return #t end
M.getinfo, M.getupvalue, M.setupvalue = debug.getinfo, debug.getupvalue, debug.setupvalue

-- Whether the VM's own `pairs` asks `__pairs`.
for _ in pairs(setmetatable({}, { __pairs = function() return next, { true } end })) do M.has_pairs_meta = true end

-- LuaJIT has no integers: what is whole there counts as one, so that 5 prints as 5 on every side.
M.is_integer = math.type and function(n) return math.type(n) == "integer" end
  or function(n) return n % 1 == 0 and n >= -2 ^ 53 and n <= 2 ^ 53 and (n ~= 0 or 1 / n > 0) end

-- 1 and 1.0 are different defaults where the VM tells them apart.
M.same_kind = math.type and function(a, b) return math.type(a) == math.type(b) end or function() return true end

-- LuaJIT does not count how deep C calls stand in one another: recursion through them crashes it.
M.counts_calls = jit == nil

local load = load

---Compiles text or bytecode; `mode` "t" refuses bytecode.
function M.load(code, name, env, mode) return load(code, name, mode or "bt", env) end

return M
