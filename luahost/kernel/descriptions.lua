-- descriptions: what an error of guest code is, as a record that crosses to the host: kind, message, file, line, frames.
local K = ...
local frames_of, raise = K.errors.frames_of, K.errors.raise
local type, tostring, tonumber, pcall, rawget, getmetatable, error = type, tostring, tonumber, pcall, rawget, getmetatable, error
local find, sub, match, format = string.find, string.sub, string.match, string.format
local M = {}

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

---Completes what the handler caught.
function M.complete(record)
  local e, frames = record.value, record.frames
  record.value, record.line = nil, 0
  local message, file, line = locate(describe(e), frames)
  -- Text gets its position from Lua (or the guest asked for none); any other object is placed where it was raised.
  if not file and type(e) ~= "string" and frames[1] then file, line = frames[1].file, frames[1].line end
  record.message, record.file, record.line = message, file, line or 0
  local module = file and K.modules.by_key[file]
  record.version = module and module.version
  return record
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
  if message == K.errors.NO_MEMORY then error(message, 0) end
  local frames = frames_of(2)
  local at = frames[1] or { line = 0 }
  raise({ kind = kind, message = message, file = at.file, line = at.line, frames = frames })
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
