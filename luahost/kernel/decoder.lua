-- decoder: plain data from msgpack bytes, the only form in which tables cross from the host. `codec` has the way out.
local K = ...
local type, error = type, error
local byte, sub, floor = string.byte, string.sub, math.floor
local M = {}

local has_integers = math.type ~= nil

local unpack_double
if string.unpack then
  local unpack = string.unpack
  function unpack_double(s, at) return (unpack(">d", s, at)) end
else
  local ldexp, huge = math.ldexp, math.huge
  function unpack_double(s, at)
    local a, b, c, d, e, f, g, h = byte(s, at, at + 7)
    local sign = a >= 128 and -1 or 1
    local exponent = a % 128 * 16 + floor(b / 16)
    local mantissa = ((((((b % 16 * 256 + c) * 256 + d) * 256 + e) * 256 + f) * 256) + g) * 256 + h
    if exponent == 2047 then return mantissa == 0 and sign * huge or 0 / 0 end
    if exponent == 0 then return sign * ldexp(mantissa, -1074) end
    return sign * ldexp(mantissa / 2 ^ 52 + 1, exponent - 1023)
  end
end

local function unsigned(s, at, count)
  local n = 0
  for i = at, at + count - 1 do n = n * 256 + byte(s, i) end
  return n, at + count
end

local function refuse_entry(what)
  K.errors.raise(K.errors.new("conversion", what .. " can't enter the session"))
end

-- Whole numbers of eight bytes: Lua's integers have 63 bits and a sign, the doubles of a VM without integers 53.
local function check_exact(s, at, is_signed)
  local high, low = unsigned(s, at, 4), unsigned(s, at + 4, 4)
  if is_signed and high >= 2 ^ 31 then high, low = high - 2 ^ 32, 0 end
  if not has_integers and (high > 2 ^ 21 or (high == 2 ^ 21 and low > 0) or high < -2 ^ 21) then
    refuse_entry("a whole number beyond 2^53, which this VM can't tell from its neighbours,")
  end
  if high >= 2 ^ 31 then refuse_entry("a whole number of more than 64 bits") end
end

local function signed(s, at, count)
  if count == 8 then
    local high, low = unsigned(s, at, 4), unsigned(s, at + 4, 4)
    if high >= 2147483648 then high = high - 4294967296 end
    return high * 4294967296 + low, at + 8
  end
  local n
  n, at = unsigned(s, at, count)
  if n >= 2 ^ (8 * count - 1) then n = n - floor(2 ^ (8 * count)) end
  return n, at
end

local read

local function read_list(s, at, count)
  local out = {}
  for i = 1, count do out[i], at = read(s, at) end
  return out, at
end

-- Most keys are short strings, which are read here.
local function read_map(s, at, count)
  local out, k = {}, nil
  for _ = 1, count do
    local tag = byte(s, at)
    if tag >= 160 and tag < 192 then
      k, at = sub(s, at + 1, at + tag - 160), at + tag - 159
    else
      k, at = read(s, at)
    end
    if k == nil or k ~= k or type(k) == "table" then refuse_entry("a key that is None, NaN or a tuple") end
    if out[k] ~= nil then refuse_entry("a dict with text and bytes, or numbers, that are one key in Lua") end
    out[k], at = read(s, at)
  end
  return out, at
end

local function read_string(s, at, count) return sub(s, at, at + count - 1), at + count end

local sized = {
  [196] = { read_string, 1 }, [197] = { read_string, 2 }, [198] = { read_string, 4 },
  [217] = { read_string, 1 }, [218] = { read_string, 2 }, [219] = { read_string, 4 },
  [220] = { read_list, 2 }, [221] = { read_list, 4 }, [222] = { read_map, 2 }, [223] = { read_map, 4 },
}

function read(s, at)
  local tag = byte(s, at)
  at = at + 1
  if tag < 128 then return tag, at end
  if tag >= 160 and tag < 192 then return sub(s, at, at + tag - 161), at + tag - 160 end
  if tag < 144 then return read_map(s, at, tag - 128) end
  if tag < 160 then return read_list(s, at, tag - 144) end
  if tag >= 224 then return tag - 256, at end
  if tag == 192 then return nil, at end
  if tag == 194 then return false, at end
  if tag == 195 then return true, at end
  if tag == 203 then return unpack_double(s, at), at + 8 end
  if tag == 207 or tag == 211 then check_exact(s, at, tag == 211) end
  if tag >= 204 and tag <= 207 then return unsigned(s, at, floor(2 ^ (tag - 204))) end
  if tag >= 208 and tag <= 211 then return signed(s, at, floor(2 ^ (tag - 208))) end
  local form = sized[tag]
  if not form then error("not msgpack: byte " .. tag, 0) end
  local count
  count, at = unsigned(s, at, form[2])
  return form[1](s, at, count)
end

---Answers the value that `bytes` holds.
function M.unpack(bytes_) return (read(bytes_, 1)) end

-- For those who read graphs.
M.read, M.unsigned = read, unsigned

return M
