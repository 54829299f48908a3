-- nesting: how deep coroutines and callbacks of C functions stand in one another. Where Lua does not count that by itself
-- (LuaJIT), one line of recursion through them would take the process down.
--
-- `outside` counts what the running coroutine stands in, `inside` the callbacks within it. A callback can't yield, so that a
-- coroutine that is resumed has none.
local create, resume, gsub = coroutine.create, coroutine.resume, string.gsub
local pcall, xpcall, type, error = pcall, xpcall, type, error
local M = {}

local MOST = 100
local TOO_DEEP = "C stack overflow: coroutines or callbacks are nested deeper than 100"
local outside, inside = 0, 0

---Begins anew, at each entry from the host.
function M.reset() outside, inside = 0, 0 end

local function resumed(was_outside, was_inside, ...)
  outside, inside = was_outside, was_inside
  return ...
end

local function resume_counted(co, ...)
  if type(co) ~= "thread" then return resume(co) end
  if outside + inside >= MOST then return false, TOO_DEEP end
  local was_outside, was_inside = outside, inside
  outside, inside = outside + inside + 1, 0
  return resumed(was_outside, was_inside, resume(co, ...))
end

local function unwrapped(ok, ...)
  if ok then return ... end
  local e = (...)
  error(e, type(e) == "string" and 2 or 0)
end

local function wrap_counted(f)
  local co = create(f)
  return function(...) return unwrapped(resume_counted(co, ...)) end
end

local function substituted(...)
  inside = inside - 1
  return ...
end

local function gsub_counted(s, pattern, replacement, most)
  local kind = type(replacement)
  if kind ~= "function" and kind ~= "table" then return gsub(s, pattern, replacement, most) end
  if outside + inside >= MOST then error(TOO_DEEP, 2) end
  inside = inside + 1
  return substituted(gsub(s, pattern, replacement, most))
end

-- An error leaves callbacks without a word: whoever catches it stands where he stood.
local function caught(was_inside, ...)
  inside = was_inside
  return ...
end

local function pcall_counted(...) return caught(inside, pcall(...)) end

local function xpcall_counted(...) return caught(inside, xpcall(...)) end

M.gsub, M.xpcall = gsub_counted, xpcall_counted

---Puts counting functions among the guest's.
function M.guard(own, libraries)
  libraries.coroutine.resume, libraries.coroutine.wrap, libraries.string.gsub = resume_counted, wrap_counted, gsub_counted
  own.pcall, own.xpcall = pcall_counted, xpcall_counted
end

return M
