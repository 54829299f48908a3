-- blame: errors of the standard library's functions, raised at the guest's line as if it had called them itself.
local K = ...
local getinfo = K.compat.getinfo
local tonumber, type, error, format, match = tonumber, type, error, string.format, string.match
local M = {}

-- Answers the level of the guest code that called into the kernel, seen from whoever calls this, and whether it called a method.
local function caller()
  local level = 3
  local info = getinfo(level, "S")
  while info and (info.what == "C" or info.source == "=?" or info.source == "=kernel") do
    level = level + 1
    info = getinfo(level, "S")
  end
  local called = getinfo(level - 1, "n")
  return level - 1, called ~= nil and called.namewhat == "method"
end

-- The VM doesn't know by which name a guest called it, nor that the first argument stood before the colon.
local function reworded(name, message, is_method)
  local n, rest = match(message, "^bad argument #(%d+) to '[^']*'(.*)$")
  if not n then return message end
  n = tonumber(n) - (is_method and 1 or 0)
  if n == 0 then return format("calling '%s' on bad self%s", name, rest) end
  return format("bad argument #%d to '%s'%s", n, name, rest)
end

---Raises what a native function said when the kernel called it for the guest's call of `name`.
function M.raise(name, message)
  if type(message) ~= "string" or message == "not enough memory" then error(message, 0) end
  local level, is_method = caller()
  error(reworded(name, message, is_method), level)
end

---Answers what a protected call of a native function answered; raises its error at the guest's line.
function M.answer(name, ok, ...)
  if ok then return ... end
  M.raise(name, (...))
end

return M
