-- answers: what an entry answers that is no plain value: `1, packed list of values` or `2, packed error record`.
local K = ...
local errors = K.errors
local select, type, pcall = select, type, pcall
local M = {}

local PACKED, FAILED = 1, 2

local function conversion(e)
  if type(e) == "table" and e.conversion then
    return errors.new("conversion", e.path .. ": " .. e.conversion .. " can't leave the session")
  end
  return errors.ensure(e)
end

---Answers an error.
function M.failed(record)
  local ok, bytes = pcall(K.codec.pack, record)
  if not ok then bytes = K.codec.pack(errors.new("error", "an error whose text can't be told")) end
  return FAILED, bytes
end

local function pack_all(...)
  return K.codec.pack_all(select("#", ...), { ... })
end

---Answers any values.
function M.packed(...)
  local ok, bytes = pcall(pack_all, ...)
  if not ok then return M.failed(conversion(bytes)) end
  return PACKED, bytes
end

return M
