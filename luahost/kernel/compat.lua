-- compat: what differs between Lua 5.1 (LuaJIT), 5.4 and 5.5, decided once; the rest of the kernel is common subset.
local M = {}

M.unpack = table.unpack or unpack
M.rawlen = rawlen or function(t) return #t end
M.getinfo, M.getupvalue, M.setupvalue = debug.getinfo, debug.getupvalue, debug.setupvalue

-- What a guest protects with `__metatable` is protected from guests alone. What this setmetatable answers differs between VMs.
M.getmetatable, M.setmetatable = debug.getmetatable, debug.setmetatable

-- Where tables can have finalisers, whoever sets a metatable here makes none: guest code that ran in one could not be ended.
if not jit then
  local function without_finaliser(set)
    return function(t, meta)
      local finaliser = meta and rawget(meta, "__gc")
      if finaliser == nil then return set(t, meta) end
      rawset(meta, "__gc", nil)
      set(t, meta)
      rawset(meta, "__gc", finaliser)
      return t
    end
  end
  setmetatable, M.setmetatable = without_finaliser(setmetatable), without_finaliser(M.setmetatable)
  _G.setmetatable = setmetatable
end

-- LuaJIT does not count how deep C calls stand in one another: recursion through them crashes it.
M.counts_calls = jit == nil

local load = load

---Compiles text or bytecode; `mode` "t" refuses bytecode.
function M.load(code, name, env, mode) return load(code, name, mode or "bt", env) end

return M
