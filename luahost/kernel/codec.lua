-- codec: plain data as msgpack bytes, the only form in which tables cross to the host. `decoder` has the way back.
local K = ...
local is_integer = K.numbers.is_integer
local type, next, rawget, tostring, error, getmetatable = type, next, rawget, tostring, error, getmetatable
local char, concat, floor = string.char, table.concat, math.floor
local M = {}

local MAX_DEPTH = 200

-- Big-endian bytes of an unsigned whole number.
local function bytes(n, count)
  local out = {}
  for i = count, 1, -1 do
    out[i] = char(n % 256)
    n = floor(n / 256)
  end
  return concat(out)
end

local pack_double
if string.pack then
  local pack = string.pack
  function pack_double(n) return pack(">d", n) end
else
  local frexp, ldexp, huge = math.frexp, math.ldexp, math.huge
  function pack_double(n)
    if n ~= n then return "\127\248\0\0\0\0\0\0" end
    local sign = (n < 0 or 1 / n < 0) and 128 or 0
    if n < 0 then n = -n end
    if n == huge then return char(sign + 127, 240) .. "\0\0\0\0\0\0" end
    if n == 0 then return char(sign) .. "\0\0\0\0\0\0\0" end
    local fraction, exponent = frexp(n)
    exponent = exponent + 1022
    local mantissa = (fraction * 2 - 1) * 2 ^ 52
    if exponent <= 0 then mantissa, exponent = ldexp(n, 1074), 0 end
    local low = mantissa % 2 ^ 32
    local high = floor(mantissa / 2 ^ 32)
    return char(sign + floor(exponent / 16), exponent % 16 * 16 + floor(high / 65536)) .. bytes(high % 65536, 2) .. bytes(low, 4)
  end
end

-- What begins most values is one byte.
local one = setmetatable({}, { __index = function(t, n)
  t[n] = char(n)
  return t[n]
end })

local function pack_integer(n)
  if n >= 0 then
    if n < 128 then return one[n] end
    if n < 65536 then return char(205, floor(n / 256), n % 256) end
    if n < 4294967296 then return "\206" .. bytes(n, 4) end
  elseif n >= -32 then
    return one[256 + n]
  end
  if string.pack then return "\211" .. string.pack(">i8", n) end
  if n < 0 then
    local low = n % 2 ^ 32
    return "\211" .. bytes((n - low) / 2 ^ 32 % 2 ^ 32, 4) .. bytes(low, 4)
  end
  return "\207" .. bytes(n, 8)
end

local function pack_string(s)
  local n = #s
  if n < 32 then return one[160 + n] .. s end
  if n < 65536 then return "\218" .. bytes(n, 2) .. s end
  return "\219" .. bytes(n, 4) .. s
end

local function head(n, short, mid, long)
  if n < 16 then return one[short + n] end
  if n < 65536 then return char(mid) .. bytes(n, 2) end
  return char(long) .. bytes(n, 4)
end

-- Where in the value we are: written as we go down, read only when something can't cross.
local trail = {}

local function refuse(what, depth)
  local at = { trail[0] }
  for i = 1, depth do
    local k = trail[i]
    at[i + 1] = type(k) == "number" and "[" .. tostring(k) .. "]" or "." .. tostring(k)
  end
  error({ conversion = what, path = concat(at) }, 0)
end

-- What one dict would merge (1 and true, 1 and 1.0) or can't hold is refused.
local function check_key(t, k, depth)
  local kind = type(k)
  if kind == "boolean" then
    if rawget(t, k and 1 or 0) ~= nil then refuse("a table with both " .. tostring(k) .. " and " .. (k and 1 or 0) .. " as keys", depth) end
  elseif kind ~= "string" and kind ~= "number" then
    refuse("a " .. kind .. " as a key", depth)
  end
end

local write

local function write_list(t, count, out, n, depth, seen)
  for i = 1, count do
    trail[depth] = i
    n = write(rawget(t, i), out, n, depth, seen)
  end
  return n
end

-- How many entries there are is known at the end: its place is kept free.
local function write_map(t, out, n, depth, seen)
  local at, count = n + 1, 0
  n, out[at] = at, ""
  for k, v in next, t do
    trail[depth], count = k, count + 1
    if type(k) == "string" and #k < 32 then
      out[n + 1], out[n + 2] = one[160 + #k], k
      n = n + 2
    else
      check_key(t, k, depth - 1)
      n = write(k, out, n, depth, seen)
    end
    n = write(v, out, n, depth, seen)
  end
  out[at] = head(count, 128, 222, 223)
  return n
end

-- Answers how many items a list has; nil for what isn't one.
local function length_of(t)
  local count, is_ordered = 0, true
  for k in next, t do
    count = count + 1
    if k ~= count then is_ordered = false end
  end
  for i = 1, is_ordered and 0 or count do
    if rawget(t, i) == nil then return nil end
  end
  return count
end

local function write_table(t, out, n, depth, seen)
  local first = next(t)
  if first == nil then -- one with a prototype is an object without fields of its own
    out[n + 1] = getmetatable(t) ~= nil and "\128" or "\144"
    return n + 1
  end
  if seen[t] then refuse("a cycle", depth) end
  if depth >= MAX_DEPTH then refuse("tables nested deeper than " .. MAX_DEPTH, depth) end
  seen[t] = true
  local length = type(first) ~= "string" and length_of(t)
  if length then
    out[n + 1] = head(length, 144, 220, 221)
    n = write_list(t, length, out, n + 1, depth + 1, seen)
  else
    n = write_map(t, out, n, depth + 1, seen)
  end
  seen[t] = nil
  return n
end

-- Appends the bytes of `v` to `out` behind its first `n` pieces; answers the new count.
function write(v, out, n, depth, seen)
  local kind = type(v)
  if kind == "table" then return write_table(v, out, n, depth, seen) end
  if kind == "string" and #v < 32 then
    out[n + 1], out[n + 2] = one[160 + #v], v
    return n + 2
  end
  if kind == "string" then out[n + 1] = pack_string(v)
  elseif kind == "number" then out[n + 1] = is_integer(v) and pack_integer(v) or "\203" .. pack_double(v)
  elseif kind == "boolean" then out[n + 1] = v and "\195" or "\194"
  elseif kind == "nil" then out[n + 1] = "\192"
  else refuse("a " .. kind, depth) end
  return n + 1
end

---Answers the bytes of a value without parts.
function M.scalar(v)
  local kind = type(v)
  if kind == "string" then return pack_string(v) end
  if kind == "number" then return is_integer(v) and pack_integer(v) or "\203" .. pack_double(v) end
  if kind == "boolean" then return v and "\195" or "\194" end
  return "\192"
end

---Answers the bytes before the items of a list, and before the entries of a map.
function M.list_head(count) return head(count, 144, 220, 221) end
function M.map_head(count) return head(count, 128, 222, 223) end

---Packs one value. Raises `{conversion = what, path = where}` for what the host can't hold.
function M.pack(v, name)
  local out = {}
  trail[0] = name or "result"
  write(v, out, 0, 0, {})
  return concat(out)
end

---Packs several values as one list; nils in it are kept.
function M.pack_all(count, values)
  local out = { head(count, 144, 220, 221) }
  trail[0] = "result"
  write_list(values, count, out, 1, 1, {})
  return concat(out)
end

-- For those who write graphs.
M.pack_integer, M.pack_double, M.head = pack_integer, pack_double, head

return M
