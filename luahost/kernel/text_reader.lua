-- text_reader: reads a text in the formats that files' `read` has.
local K = ...
local unpack = K.compat.unpack
local type, select, tonumber = type, select, tonumber
local find, sub, match = string.find, string.sub, string.match
local M = {}

-- A reader is `{ text, at }`.
local function line(reader, keeps_end)
  local text, at = reader.text, reader.at
  if at > #text then return nil end
  local stop = find(text, "\n", at, true) or #text + 1
  reader.at = stop + 1
  return sub(text, at, keeps_end and stop or stop - 1)
end

local function some(reader, size)
  local at = reader.at
  if at > #reader.text then return nil end
  reader.at = at + size
  return sub(reader.text, at, at + size - 1)
end

local function all(reader)
  local at = reader.at
  reader.at = #reader.text + 1
  return sub(reader.text, at)
end

-- As Lua does, takes what can be the beginning of a number, whether it is one or not.
local function number(reader)
  local text = reader.text
  local at = find(text, "%S", reader.at) or #text + 1
  local digits = match(text, "^[+-]?0[xX]%x*%.?%x*", at)
  local exponent = digits and "^[pP][+-]?%d*" or "^[eE][+-]?%d*"
  digits = digits or match(text, "^[+-]?%d*%.?%d*", at)
  digits = digits .. (match(text, exponent, at + #digits) or "")
  reader.at = at + #digits
  return tonumber(digits)
end

local formats = {
  l = function(reader) return line(reader, false) end,
  L = function(reader) return line(reader, true) end,
  a = all,
  n = number,
}

local function read_one(reader, format, n)
  if type(format) == "number" then return some(reader, format) end
  local read = type(format) == "string" and formats[match(format, "^%*?(%a)")]
  if not read then K.arguments.refuse("bad argument #" .. n .. " to 'read' (invalid format)") end
  return read(reader)
end

---Answers a value for each format, up to the first that there is none for; a line without formats.
function M.read(reader, ...)
  local count = select("#", ...)
  if count == 0 then return line(reader, false) end
  local out = {}
  for i = 1, count do
    out[i] = read_one(reader, (select(i, ...)), i)
    if out[i] == nil then return unpack(out, 1, i) end
  end
  return unpack(out, 1, count)
end

return M
