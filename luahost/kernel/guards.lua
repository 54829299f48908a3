-- guards: checked versions of the functions on strings that a hook can't interrupt, for guests that have a time limit.
--
-- What can't take long goes to the VM's own function, any other pattern to the kernel's matcher, which a hook can end. Each
-- function tries the usual case first; what has an unusual argument, or raises, goes the long way round.
local K = ...
local patterns, costs, blame = K.patterns, K.costs, K.blame
local find, match, gmatch, rep, byte = string.find, string.match, string.gmatch, string.rep, string.byte
local gsub = rawget(K, "nesting") and K.nesting.gsub or string.gsub
local floor, pack, format, type, tostring, tonumber, pcall = math.floor, string.pack, string.format, type, tostring, tonumber, pcall
local M = {}

local MAX_BYTES = 16 * 1024 * 1024 -- of what `rep` and `pack` make of little
local MAX_PATTERN = 64 * 1024
local MAX_KNOWN = 100
local MAX_FILLING = 6e7 -- steps of replacing
local MAX_COMPARING = 2e9 -- bytes that a plain search may compare
local MAX_PLAIN = MAX_COMPARING / MAX_KNOWN

local limit_of, limits = patterns.keeping(function(pattern) return costs.limit(patterns.parse(pattern)) end)

-- A call whose results go through this is none in tail position: the guest's call stays on the stack, for errors to tell of.
local function pass(...) return ... end

local function text_of(value)
  if type(value) == "number" then return tostring(value) end
  return type(value) == "string" and value or nil
end

-- Answers how long a subject may be for the VM's own matcher.
local function longest(name, pattern)
  if #pattern > MAX_PATTERN then
    blame.raise(name, format("pattern too long (%d bytes; at most %d)", #pattern, MAX_PATTERN))
  end
  return limit_of(pattern)
end

-- Answers a whole number as the VM's own function reads argument `n`, which it says is wrong if it is.
local function whole(name, native, n, value)
  if value == nil then return nil end
  if n == 3 then
    blame.answer(name, pcall(native, "", "", value))
  else
    blame.answer(name, pcall(native, "", "", "", value))
  end
  value = tonumber(value)
  return value and floor(value) + (value < 0 and value % 1 ~= 0 and 1 or 0)
end

local function find_plain(s, text, init)
  if #s * #text <= MAX_COMPARING then return blame.answer("find", pcall(find, s, text, init, true)) end
  return K.matcher.find_plain(s, text, whole("find", find, 3, init))
end

local function find_long(s, pattern, init, plain)
  local subject, text = text_of(s), text_of(pattern)
  if not subject or not text then return blame.answer("find", pcall(find, s, pattern, init, plain)) end
  if plain or not find(text, "[%^%$%*%+%?%.%(%[%%%-]") then
    if not plain and #text <= MAX_KNOWN then limit_of(text) end -- known next time
    return find_plain(subject, text, init)
  end
  if #subject <= longest("find", text) then return blame.answer("find", pcall(find, subject, text, init)) end
  return K.matcher.find(subject, text, whole("find", find, 3, init))
end

local function match_long(s, pattern, init)
  local subject, text = text_of(s), text_of(pattern)
  if not subject or not text then return blame.answer("match", pcall(match, s, pattern, init)) end
  if #subject <= longest("match", text) then return blame.answer("match", pcall(match, subject, text, init)) end
  return K.matcher.match(subject, text, whole("match", match, 3, init))
end

local function gmatch_long(s, pattern, init)
  local subject, text = text_of(s), text_of(pattern)
  if not subject or not text then return blame.answer("gmatch", pcall(gmatch, s, pattern, init)) end
  if byte(text) ~= 94 and #subject <= longest("gmatch", text) then
    return blame.answer("gmatch", pcall(gmatch, subject, text, init))
  end
  longest("gmatch", text)
  return K.matcher.gmatch(subject, text, whole("gmatch", gmatch, 3, init))
end

local function gsub_long(s, pattern, replacement, most)
  local subject, text = text_of(s), text_of(pattern)
  local fill = text_of(replacement)
  local kind = type(replacement)
  if not subject or not text or not (fill or kind == "function" or kind == "table") then
    return blame.answer("gsub", pcall(gsub, s, pattern, replacement, most))
  end
  most = whole("gsub", gsub, 4, most)
  if #subject > longest("gsub", text) or (fill and #subject * #fill > MAX_FILLING) then
    return K.matcher.gsub(subject, text, fill or replacement, most)
  end
  if fill then return blame.answer("gsub", pcall(gsub, subject, text, fill, most)) end
  return gsub(subject, text, replacement, most)
end

function M.find(s, pattern, init, plain)
  local limit = limits[pattern] or plain and MAX_PLAIN
  if limit and type(s) == "string" and #s <= limit and (init == nil or type(init) == "number" and init % 1 == 0) then
    if limits[pattern] or type(pattern) == "string" and #pattern <= MAX_KNOWN then return find(s, pattern, init, plain) end
  end
  return pass(find_long(s, pattern, init, plain))
end

function M.match(s, pattern, init)
  local limit = limits[pattern]
  if limit and type(s) == "string" and #s <= limit and (init == nil or type(init) == "number" and init % 1 == 0) then
    return match(s, pattern, init)
  end
  return pass(match_long(s, pattern, init))
end

function M.gmatch(s, pattern, init)
  local limit = limits[pattern]
  if limit and init == nil and type(s) == "string" and #s <= limit and byte(pattern) ~= 94 then return gmatch(s, pattern) end
  return pass(gmatch_long(s, pattern, init))
end

function M.gsub(s, pattern, replacement, most)
  local limit = limits[pattern]
  if limit and most == nil and type(s) == "string" and #s <= limit then
    local kind = type(replacement)
    if kind == "function" or kind == "table" then return gsub(s, pattern, replacement) end
    if kind == "string" and #s * #replacement <= MAX_FILLING and not find(replacement, "%", 1, true) then
      return gsub(s, pattern, replacement)
    end
  end
  return pass(gsub_long(s, pattern, replacement, most))
end

local function rep_long(s, count, separator)
  local text, between, times = text_of(s), separator == nil and "" or text_of(separator), tonumber(count)
  if text and between and times then
    if times >= 1 and #text + #between == 0 then return "" end
    if times * (#text + #between) - #between > MAX_BYTES then blame.raise("rep", "resulting string too large") end
  end
  return blame.answer("rep", pcall(rep, s, count, separator))
end

function M.rep(s, count, separator)
  if separator == nil and type(s) == "string" and type(count) == "number" and count % 1 == 0 then
    if s ~= "" and #s * count <= MAX_BYTES then return rep(s, count) end
  end
  return pass(rep_long(s, count, separator))
end

---As `string.pack`, without fillings of millions of bytes.
function M.pack(layout, ...)
  if type(layout) == "string" and find(layout, "%d%d%d%d%d%d%d%d") then blame.raise("pack", "resulting string too large") end
  return pass(blame.answer("pack", pcall(pack, layout, ...)))
end

return M
