-- errors: makes an error of guest code into data (message, file, line, Lua stack) while its stack still stands.
local K = ...
local getinfo = K.compat.getinfo
local type, tostring, pcall, rawget, getmetatable, error = type, tostring, pcall, rawget, getmetatable, error
local find, sub, match, format = string.find, string.sub, string.match, string.format
local M = {}

local MAX_FRAMES = 60
local NO_MEMORY, LIMIT = "not enough memory", "limit" -- what Lua says; the host may answer both where no string has room
-- A failed `require` raises text, as Lua's does; its record waits here for the handler that catches that very text.
local raised_text, raised_record

local function describe(e)
  local kind = type(e)
  if kind == "string" or kind == "number" then return tostring(e) end
  if kind == "nil" then return "error without a message (nil)" end
  local meta = getmetatable(e)
  if type(meta) == "table" and rawget(meta, "__tostring") ~= nil then
    local ok, text = pcall(tostring, e)
    if ok and type(text) == "string" then return text end
    return "error object whose __tostring failed"
  end
  if kind == "table" and type(rawget(e, "message")) == "string" then return e.message end
  return format("error object is a %s value", kind)
end

-- The kernel's own chunks are stripped, so that their source is "=?"; only guest frames are kept.
local function frames_of(level)
  local frames, seen = {}, 0
  while seen < MAX_FRAMES do
    local info = getinfo(level, "Sln")
    if not info then break end
    if info.what ~= "C" and info.source ~= "=?" and info.source ~= "=kernel" then
      frames[#frames + 1] = {
        file = sub(info.source, 2), short = info.short_src, line = info.currentline,
        name = info.what == "main" and "main chunk" or info.name or "function <" .. info.linedefined .. ">",
      }
      seen = seen + 1
    end
    level = level + 1
  end
  return frames
end

-- Lua writes a position as `short_src:line: `; the frame that has it knows the whole name.
local function locate(text, frames)
  for i = 1, #frames do
    local frame = frames[i]
    local prefix = frame.short .. ":" .. frame.line .. ": "
    if sub(text, 1, #prefix) == prefix then return sub(text, #prefix + 1), frame.file, frame.line end
  end
  local file, line, rest = match(text, "^([^\n:]+):(%d+): (.*)$")
  if file then return rest, file, tonumber(line) end
  return text
end

---Makes a record of an error; `frames` is empty where the stack is gone.
function M.record(e, frames)
  if raised_record and e == raised_text then return raised_record end
  if e == NO_MEMORY then return { kind = LIMIT, message = e, line = 0, frames = frames } end
  local message, file, line = locate(describe(e), frames)
  -- Text gets its position from Lua (or the guest asked for none); any other object is placed where it was raised.
  if not file and type(e) ~= "string" and frames[1] then file, line = frames[1].file, frames[1].line end
  return { kind = "error", message = message, file = file, line = line or 0, frames = frames }
end

---The message handler of every protected call that the host makes.
function M.handler(e)
  if M.is_record(e) then return e end
  return M.record(e, frames_of(3))
end

function M.is_record(e) return type(e) == "table" and rawget(e, "frames") ~= nil and rawget(e, "kind") ~= nil end

---Makes sure that what a protected call answered is a record: errors of memory and of handlers come without one.
function M.ensure(e)
  if M.is_record(e) then return e end
  return M.record(e, {})
end

function M.text(record)
  if record.file then return format("%s:%d: %s", record.file, record.line, record.message) end
  return record.message
end

---Answers file and line of the guest code that called into the kernel.
function M.where()
  local frame = frames_of(2)[1]
  if frame then return frame.file, frame.line end
end

---Raises an error of `kind` at the guest code that called into the kernel.
function M.fail(kind, message)
  if message == NO_MEMORY then error(NO_MEMORY, 0) end
  local frames = frames_of(2)
  local at = frames[1] or { line = 0 }
  M.raise({ kind = kind, message = message, file = at.file, line = at.line, frames = frames })
end

---Raises a record as text, so that guest code that catches it sees a string; position and stack aren't lost.
function M.raise(record)
  raised_text, raised_record = M.text(record), record
  error(raised_text, 0)
end

---Makes a record of a message that has no stack (not found, no syntax): `kind` tells the host which class it is.
function M.new(kind, message, file, line)
  return { kind = kind, message = message, file = file, line = line or 0, frames = {} }
end

---Makes a record of what `load` said of text that doesn't compile.
function M.syntax(message, name)
  local _, stop, line = find(message, ":(%d+): ")
  if not stop then return M.new("syntax", message, name) end
  return M.new("syntax", sub(message, stop + 1), name, tonumber(line))
end

return M
