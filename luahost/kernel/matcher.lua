-- matcher: find, match, gmatch and gsub in Lua, for patterns that could keep the VM's own, which nothing interrupts, too long.
--
-- They answer what the VM's own would, to the byte. Where Lua 5.1 and 5.4 differ, the VM is asked once.
local K = ...
local chains = K.chains
local from, to, search, fault = chains.from, chains.to, chains.search, chains.fault
local byte, sub, find, gsub, concat = string.byte, string.sub, string.find, string.gsub, table.concat
local type, tonumber, pcall, unpack = type, tonumber, pcall, K.compat.unpack
local floor = math.floor
local M = {}

local WORK = 1e8
local repeats_empty = gsub("a", "a*", "b") == "bb" -- an empty match counts right behind another one
local starts_beyond = find("", "", 3) ~= nil -- a place behind the subject's end counts as its end
local takes_init = string.gmatch("ab", ".", 2)() == "b"

-- Answers the place that `init` means; nil for one behind the subject's end.
local function place(s, init)
  init = init or 1
  if init < 0 then init = #s + 1 + init end
  if init < 1 then return 1 end
  if init <= #s + 1 then return init end
  return starts_beyond and #s + 1 or nil
end

local function capture(chain, level, s, at, e)
  local items = chain.items
  if level > items.captures then
    if level > 1 then fault(gsub, "a", "a", "%" .. level) end
    return sub(s, at, e - 1)
  end
  if items.positions[level] then return from[level] end
  if not items.closed[level] then fault(find, "a", "(") end
  return sub(s, from[level], to[level] - 1)
end

local function captures(chain, s, at, e)
  local count = chain.items.captures
  if count <= 1 then return capture(chain, 1, s, at, e) end
  local values = {}
  for level = 1, count do values[level] = capture(chain, level, s, at, e) end
  return unpack(values, 1, count)
end

---As `string.find` with `plain`, in pieces whose search takes about as long as comparing `WORK` bytes.
function M.find_plain(s, text, init)
  local at, ahead = place(s, init), floor(WORK / (#text + 1)) + 1
  while at and at <= #s + 1 do
    local start, stop = find(sub(s, at, at + ahead + #text - 1), text, 1, true)
    if start then return at + start - 1, at + stop - 1 end
    at = at + ahead
  end
  return nil
end

---As `string.find` without `plain`.
function M.find(s, pattern, init)
  if not find(pattern, "[%^%$%*%+%?%.%(%[%%%-]") then return M.find_plain(s, pattern, init) end
  local chain, at, e = chains.of(pattern), place(s, init), nil
  if at then at, e = search(chain, s, at) end
  if not at then return nil end
  if chain.items.captures == 0 then return at, e - 1 end
  return at, e - 1, captures(chain, s, at, e)
end

---As `string.match`.
function M.match(s, pattern, init)
  local chain, at, e = chains.of(pattern), place(s, init), nil
  if at then at, e = search(chain, s, at) end
  if not at then return nil end
  return captures(chain, s, at, e)
end

-- Answers the next match from `at` on that may follow one which ended at `last`, and where to look for the one behind it.
local function step(chain, s, at, last)
  local e
  at, e = search(chain, s, at)
  if not at then return nil end
  if repeats_empty then return at, e, e > at and e or at + 1 end
  if e == last then
    if at > #s then return nil end
    at, e = search(chain, s, at + 1)
  end
  return at, e, e
end

---As `string.gmatch`.
function M.gmatch(s, pattern, init)
  if byte(pattern, 1) == 94 then pattern = "%" .. pattern end
  local chain, at, last = chains.of(pattern), takes_init and place(s, init) or 1, nil
  if takes_init and init and init > #s + 1 then at = #s + 2 end
  return function()
    if at > #s + 1 then return end
    local start, e, after = step(chain, s, at, last)
    if not start then
      at = #s + 2
      return
    end
    at, last = after, e
    return captures(chain, s, start, e)
  end
end

-- Appends `text` with its `%0` to `%9` filled in.
local function expand(chain, text, out, s, at, e)
  local stop, start = find(text, "%", 1, true), 1
  while stop do
    out[#out + 1] = sub(text, start, stop - 1)
    local mark = sub(text, stop + 1, stop + 1)
    local level = tonumber(mark)
    if level then
      out[#out + 1] = level == 0 and sub(s, at, e - 1) or capture(chain, level, s, at, e)
    else
      local is_fine, meant = pcall(gsub, "a", "a", "%" .. mark)
      if not is_fine then K.arguments.refuse(meant) end
      out[#out + 1] = meant
    end
    start = stop + 2
    stop = find(text, "%", start, true)
  end
  out[#out + 1] = sub(text, start)
end

local function append_value(value, out, s, at, e)
  local kind = type(value)
  if kind == "string" or kind == "number" then
    out[#out + 1] = value
  elseif value then
    fault(gsub, "a", "a", function() return value end)
  else
    out[#out + 1] = sub(s, at, e - 1)
  end
end

local replacers = {
  string = function(chain, text, out, s, at, e)
    if find(text, "%", 1, true) then return expand(chain, text, out, s, at, e) end
    out[#out + 1] = text
  end,
  table = function(chain, values, out, s, at, e) append_value(values[capture(chain, 1, s, at, e)], out, s, at, e) end,
  ["function"] = function(chain, f, out, s, at, e) append_value(f(captures(chain, s, at, e)), out, s, at, e) end,
}

---As `string.gsub`; a replacement that is a number comes as text.
function M.gsub(s, pattern, replacement, most)
  local chain, replace, out = chains.of(pattern), replacers[type(replacement)], {}
  local at, copied, count, last = 1, 1, 0, nil
  while count < (most or #s + 1) and at <= #s + 1 do
    local start, e, after = step(chain, s, at, last)
    if not start then break end
    out[#out + 1] = sub(s, copied, start - 1)
    replace(chain, replacement, out, s, start, e)
    at, copied, last, count = after, e, e, count + 1
    if chain.items.is_anchored then break end
  end
  out[#out + 1] = sub(s, copied)
  return concat(out), count
end

return M
