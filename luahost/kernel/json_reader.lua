-- json_reader: JSON text as Lua values. `null` is nil; whole numbers are integers where the VM has them.
local error, tonumber = error, tonumber
local find, match, sub, byte, char, format = string.find, string.match, string.sub, string.byte, string.char, string.format
local concat, floor, huge = table.concat, math.floor, math.huge

local MAX_DEPTH = 200

local function bad(what, at) error({ refused = format("json_decode: %s at position %d", what, at) }, 0) end
local function skip(s, at) return find(s, "[^ \t\r\n]", at) or #s + 1 end

local function utf8(code)
  if code < 128 then return char(code) end
  local tail = char(128 + code % 64)
  if code < 2048 then return char(192 + floor(code / 64)) .. tail end
  tail = char(128 + floor(code / 64) % 64) .. tail
  if code < 65536 then return char(224 + floor(code / 4096)) .. tail end
  return char(240 + floor(code / 262144), 128 + floor(code / 4096) % 64) .. tail
end

local plain = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function read_escape(s, at)
  local c = plain[sub(s, at + 1, at + 1)]
  if c then return c, at + 2 end
  local code = tonumber(match(s, "^u(%x%x%x%x)", at + 1) or bad("a bad escape", at), 16)
  local low = code >= 0xD800 and code < 0xDC00 and match(s, "^\\u([dD][c-fC-F]%x%x)", at + 6)
  if low then return utf8(0x10000 + (code - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00), at + 12 end
  if code >= 0xD800 and code < 0xE000 then code = 0xFFFD end -- half a pair is no character
  return utf8(code), at + 6
end

local function read_string(s, at)
  local out, from = {}, at + 1
  while true do
    local stop = find(s, '[%z\1-\31"\\]', from) or bad("a string without an end", at)
    out[#out + 1] = sub(s, from, stop - 1)
    if byte(s, stop) == 34 then return concat(out), stop + 1 end
    if byte(s, stop) ~= 92 then bad("a control character", stop) end
    out[#out + 1], from = read_escape(s, stop)
  end
end

local words = { ["true"] = true, ["false"] = false }

local function read_scalar(s, at)
  local word = match(s, "^%a+", at)
  if words[word] ~= nil or word == "null" then return words[word], at + #word end
  local text = match(s, "^-?%d+%.?%d*[eE]?[+-]?%d*", at) or ""
  local n = tonumber(text)
  local is_bad = find(text, "^-?0%d") or find(text, "%.%D") or find(text, "%.$")
  if not n or is_bad then bad(at > #s and "the text ends too early" or text ~= "" and "a bad number" or "no value", at) end
  if n == huge or n == -huge then bad("a number that is too big", at) end
  return n, at + #text
end

local read

-- Reads what stands between brackets: `"name": value, …` with `named`, else `value, …`.
local function read_all(s, at, depth, named)
  local out, i, key, close = {}, 0, nil, named and "}" or "]"
  at = skip(s, at + 1)
  if sub(s, at, at) == close then return out, at + 1 end
  while true do
    i, key = i + 1, i + 1
    if named then
      if byte(s, at) ~= 34 then bad("no name", at) end
      key, at = read_string(s, at)
      at = skip(s, at)
      if sub(s, at, at) ~= ":" then bad("no ':'", at) end
      at = at + 1
    end
    out[key], at = read(s, at, depth + 1)
    local c = sub(s, at, at)
    if c == close then return out, at + 1 end
    if c ~= "," then bad("neither ',' nor '" .. close .. "'", at) end
    at = skip(s, at + 1)
  end
end

-- Answers the value at `at`, and where what follows it begins.
function read(s, at, depth)
  at = skip(s, at)
  if depth > MAX_DEPTH then bad("nesting deeper than " .. MAX_DEPTH, at) end
  local c, value = sub(s, at, at), nil
  if c == '"' then value, at = read_string(s, at)
  elseif c == "{" or c == "[" then value, at = read_all(s, at, depth, c == "{")
  else value, at = read_scalar(s, at) end
  return value, skip(s, at)
end

return {
  ---Answers what `text` says; raises `{refused = message}` with a position for what is not JSON.
  read = function(text)
    local value, at = read(text, 1, 0)
    if at <= #text then bad("something behind the value", at) end
    return value
  end,
}
