-- json_writer: Lua values as JSON text. A browser needs no keys that begin with `_`; `{}` is an object.
local K = ...
local is_integer = K.numbers.is_integer
local type, next, rawget, error, tostring, tonumber = type, next, rawget, error, tostring, tonumber
local find, gsub, byte, format, concat, sort, huge = string.find, string.gsub, string.byte, string.format, table.concat, table.sort, math.huge

local MAX_DEPTH = 200

local trail = {} -- names on the way to what is being written
local function cant_write(what, depth)
  error({ refused = format("json_encode: %s is %s", concat(trail, ".", 0, depth), what) }, 0)
end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function escape(c) return escapes[c] or format("\\u%04x", byte(c)) end
local function quote(s) return '"' .. gsub(s, '[%c"\\]', escape) .. '"' end

local function write_number(n, depth)
  if n ~= n then cant_write("not a number", depth) end
  if n == huge or n == -huge then cant_write("infinite", depth) end
  if is_integer(n) then return format("%d", n) end
  local text = format("%.14g", n)
  if tonumber(text) ~= n then text = format("%.17g", n) end
  return find(text, "[.e]") and text or text .. ".0"
end

local function is_told(k) return type(k) ~= "string" or byte(k) ~= 95 end

-- Answers how many items `t` has if it is a sequence, else 0.
local function length_of(t)
  local n = 0
  for k in next, t do n = is_told(k) and n + 1 or n end
  for i = 1, n do
    if rawget(t, i) == nil then return 0 end
  end
  return n
end

local function names_of(t, depth)
  local names, values = {}, {}
  for k, v in next, t do
    local kind = type(k)
    if kind ~= "string" and kind ~= "number" then cant_write("a table with a " .. kind .. " as a key", depth) end
    if is_told(k) then
      local name = tostring(k)
      if values[name] ~= nil then cant_write("a table with both a number and a text " .. name .. " as keys", depth) end
      names[#names + 1], values[name] = name, v
    end
  end
  sort(names)
  return names, values
end

local function write(v, depth, seen)
  local kind = type(v)
  if kind == "string" then return quote(v) end
  if kind == "number" then return write_number(v, depth) end
  if kind == "nil" then return "null" end
  if kind == "boolean" then return tostring(v) end
  if kind ~= "table" then cant_write("a " .. kind, depth) end
  if seen[v] then cant_write("a cycle", depth) end
  if depth >= MAX_DEPTH then error({ refused = "json_encode: nested deeper than " .. MAX_DEPTH .. " tables" }, 0) end
  seen[v] = true
  local out, n = {}, length_of(v)
  for i = 1, n do
    trail[depth + 1] = i
    out[i] = write(rawget(v, i), depth + 1, seen)
  end
  local names, values = names_of(n > 0 and {} or v, depth)
  for i = 1, #names do
    trail[depth + 1] = names[i]
    out[i] = quote(names[i]) .. ":" .. write(values[names[i]], depth + 1, seen)
  end
  seen[v] = nil
  return (n > 0 and "[" or "{") .. concat(out, ",") .. (n > 0 and "]" or "}")
end

return {
  ---Answers `v` as JSON; raises `{refused = message}` for what JSON can't hold.
  write = function(v)
    trail[0] = "value"
    return write(v, 0, {})
  end,
}
