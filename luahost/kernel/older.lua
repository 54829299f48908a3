-- older: what Lua 5.1 (LuaJIT) lacks of the guest's globals.
local pairs, type, rawget, getmetatable, select = pairs, type, rawget, getmetatable, select
local M = {}

-- Whether the VM's own `pairs` asks `__pairs`.
local function asks_meta()
  for _ in pairs(setmetatable({}, { __pairs = function() return next, { true } end })) do return true end
end

local function pairs_with_meta(t)
  local meta = type(t) == "table" and getmetatable(t)
  local walk = type(meta) == "table" and rawget(meta, "__pairs")
  if walk then return walk(t) end
  return pairs(t)
end

---Adds to the guest's functions and libraries what is not there.
function M.complete(own, libraries)
  if not asks_meta() then own.pairs = pairs_with_meta end
  libraries.table.unpack = own.unpack
  libraries.table.pack = libraries.table.pack or function(...) return { n = select("#", ...), ... } end
end

return M
