-- files: `io` and what `os` does with files, for a sandbox that has them granted: the real functions, on paths that the host has
-- resolved and found to lie within the site. A session has a limited number of files open.
local K, host = ...
local io, os = K.native_io, K.native_os
local type, next, pcall, setmetatable, getmetatable, collectgarbage = type, next, pcall, setmetatable, getmetatable, collectgarbage
local find, sub, format = string.find, string.sub, string.format
local M = { type = io.type }

local PATH = K.ops.path
local READ, WRITE, ENTRY = 0, 1, 2 -- what is to be done at the path; an entry is a file or link itself
local MOST_OPEN = 100
local DENIED, TOO_MANY = 13, 24 -- errno

-- Its finaliser closes files; a guest must not put its own in the place of that.
getmetatable(io.stdout).__metatable = "FILE*"

local opened, count = setmetatable({}, { __mode = "k" }), 0

local function recount()
  count = 0
  for f in next, opened do
    if io.type(f) == "file" then count = count + 1 else opened[f] = nil end
  end
  return count
end

local function is_full()
  if count < MOST_OPEN or recount() < MOST_OPEN then return false end
  collectgarbage() -- closes the files that nobody has any more
  return recount() >= MOST_OPEN
end

local function text(n, name, value)
  if type(value) == "number" then return value .. "" end
  if type(value) ~= "string" then K.arguments.wrong(n, name, "string", value) end
  return value
end

-- Answers the real path, or nil and the reason as Lua's own functions give it.
local function resolve(name, how)
  local real, kind, reason = host(PATH, name, how)
  if real then return real end
  if kind == "limit" then K.errors.fail(kind, reason) end
  return nil, format("%s: %s", name, reason or "refused"), DENIED
end

-- The guest gave one name for the file, and Lua tells of another.
local function renamed(real, name, value, message, code)
  if value then return value end
  if type(message) == "string" and sub(message, 1, #real) == real then message = name .. sub(message, #real + 1) end
  return nil, message, code
end

local function open(name, mode)
  if is_full() then return nil, format("%s: more than %d files are open", name, MOST_OPEN), TOO_MANY end
  local real, reason, code = resolve(name, mode == "r" and READ or mode == "rb" and READ or WRITE)
  if not real then return nil, reason, code end
  local f, message, number = renamed(real, name, io.open(real, mode))
  if f then opened[f], count = true, count + 1 end
  return f, message, number
end

function M.open(name, mode)
  name, mode = text(1, "open", name), mode == nil and "r" or text(2, "open", mode)
  if not find(mode, "^[rwa]%+?b?$") then K.arguments.refuse("bad argument #2 to 'open' (invalid mode)") end
  local f, message, code = open(name, mode)
  if f then return f end
  return nil, message, code
end

local function closing(f, first, ...)
  if first == nil then f:close() end
  return first, ...
end

function M.lines(name, ...)
  local f, message = open(text(1, "lines", name), "r")
  if not f then K.arguments.refuse(message) end
  local next_line = K.blame.answer("lines", pcall(f.lines, f, ...))
  return function()
    if io.type(f) ~= "file" then K.arguments.refuse("file is already closed") end
    return closing(f, next_line())
  end
end

function M.close(f)
  if type(f) == "table" and type(f.close) == "function" then return f:close() end
  if io.type(f) == nil then K.arguments.wrong(1, "close", "FILE*", f) end
  return K.blame.answer("close", pcall(io.close, f))
end

function M.remove(name)
  name = text(1, "remove", name)
  local real, reason, code = resolve(name, ENTRY)
  if not real then return nil, reason, code end
  return renamed(real, name, os.remove(real))
end

function M.rename(old, new)
  old, new = text(1, "rename", old), text(2, "rename", new)
  local from, reason, code = resolve(old, ENTRY)
  if not from then return nil, reason, code end
  local to, why, number = resolve(new, ENTRY)
  if not to then return nil, why, number end
  return renamed(from, old, os.rename(from, to))
end

return M
