-- arguments: what is said of a call that can't be meant, at the line of the guest that made it.
local K = ...
local getinfo = K.compat.getinfo
local type, error, format = type, error, string.format
local M = {}

local function is_guest(info) return info.what ~= "C" and info.source ~= "=?" and info.source ~= "=kernel" end

---Raises `message` at the guest code that called into the kernel, however deep in the kernel this is.
function M.refuse(message)
  local level = 2
  local info = getinfo(level, "S")
  while info and not is_guest(info) do
    level = level + 1
    info = getinfo(level, "S")
  end
  error(message, level)
end

---Refuses argument `n` of `name`: `expected` says what it should be.
function M.wrong(n, name, expected, value)
  M.refuse(format("bad argument #%d to '%s' (%s expected, got %s)", n, name, expected, type(value)))
end

---Refuses a call of a method of `session` without it.
function M.colon(name)
  M.refuse(format("%s is a method: write session:%s(...), with a colon", name, name))
end

return M
