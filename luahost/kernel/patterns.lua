-- patterns: a Lua pattern as a list of items, for telling its cost and for matching it in Lua.
--
-- What a class or a set holds is asked of the VM's own functions, so that it is never read in another way than theirs. What is
-- malformed becomes an item too: Lua complains of it when a match reaches it, and not before.
local byte, char, sub, find, rep, concat = string.byte, string.char, string.sub, string.find, string.rep, table.concat
local gmatch, pcall, next = string.gmatch, pcall, next
local M = {}

local MAX_CAPTURES, MAX_DEPTH, MAX_KEPT = 32, 200, 500
local quantifiers = { [42] = "*", [43] = "+", [45] = "-", [63] = "?" }
local ends_at_zero = pcall(find, "a", "a%\0") == false

local every = {}
for code = 0, 255 do every[code + 1] = char(code) end
every = concat(every)

-- A bounded cache: `make(key)`, kept until there are too many.
local function keeping(make)
  local kept, count = {}, 0
  return function(key)
    local value = kept[key]
    if value == nil then
      if count >= MAX_KEPT then
        for old in next, kept do kept[old] = nil end
        count = 0
      end
      value, count = make(key), count + 1
      kept[key] = value
    end
    return value
  end, kept
end
M.keeping = keeping

---Answers the bytes that the text of a single-byte item (`a`, `%s`, `[^%w_]`, `.`) stands for, as one string.
M.members = keeping(function(text)
  if #text == 1 then return text == "." and every or text end
  local out, n = {}, 0
  for member in gmatch(every, text) do
    n = n + 1
    out[n] = member
  end
  return concat(out)
end)

-- Complains as the VM does where `provoking` is matched.
local function add_fault(state, provoking, subject)
  state[#state + 1] = { kind = "fault", provoking = provoking, subject = subject or "aaa" }
  state.is_malformed = true
  return #state.pattern + 1
end

-- What recurses in Lua's own matcher, up to its limit.
local function add_nested(state, item)
  state[#state + 1] = item
  state.depth = state.depth + 1
  if state.depth > MAX_DEPTH then return add_fault(state, rep("a?", MAX_DEPTH), rep("a", MAX_DEPTH)) end
end

-- Answers where the set that begins at `at` ends; nil where it doesn't.
local function end_of_set(pattern, at)
  local last = #pattern
  at = at + 1
  if byte(pattern, at) == 94 then at = at + 1 end
  repeat
    if at > last then return nil end
    at = at + (byte(pattern, at) == 37 and 2 or 1)
  until byte(pattern, at) == 93
  return at
end

local function read_single(state, at, stop)
  local pattern = state.pattern
  local item = { kind = "single", text = sub(pattern, at, stop), quantifier = quantifiers[byte(pattern, stop + 1)] }
  -- A lone `^`, `$` and the like mean themselves here, and something else at the beginning of a pattern.
  if at == stop and find(item.text, "[%^%$%(%)%%%]%*%+%-%?]") then item.text = "%" .. item.text end
  if not item.quantifier then
    state[#state + 1] = item
    return stop + 1
  end
  return add_nested(state, item) or stop + 2
end

local function read_set(state, at)
  local stop = end_of_set(state.pattern, at)
  if not stop then return add_fault(state, "[a") end
  return read_single(state, at, stop)
end

local function read_open(state, at)
  if state.captures >= MAX_CAPTURES then return add_fault(state, rep("()", MAX_CAPTURES + 1)) end
  local level, is_position = state.captures + 1, byte(state.pattern, at + 1) == 41
  state.captures = level
  if not is_position then state.open[#state.open + 1] = level end
  state.closed[level], state.positions[level] = is_position, is_position
  return add_nested(state, { kind = is_position and "position" or "open", level = level }) or at + (is_position and 2 or 1)
end

local function read_close(state, at)
  local open = state.open
  local level = open[#open]
  if not level then return add_fault(state, "a)") end
  open[#open], state.closed[level] = nil, true
  return add_nested(state, { kind = "close", level = level }) or at + 1
end

local function read_balance(state, at)
  local pattern = state.pattern
  if at + 3 > #pattern then return add_fault(state, "%b") end
  state[#state + 1] = { kind = "balance", text = sub(pattern, at, at + 3), first = sub(pattern, at + 2, at + 2) }
  return at + 4
end

local function read_frontier(state, at)
  if byte(state.pattern, at + 2) ~= 91 then return add_fault(state, "%f") end
  local stop = end_of_set(state.pattern, at + 2)
  if not stop then return add_fault(state, "[a") end
  state[#state + 1] = { kind = "frontier", text = sub(state.pattern, at + 2, stop) }
  return stop + 1
end

local function read_reference(state, at)
  local level = byte(state.pattern, at + 1) - 48
  if not state.closed[level] then return add_fault(state, "%" .. level) end
  state[#state + 1] = { kind = "reference", level = level }
  state.has_references = true
  return at + 2
end

local function read_escape(state, at)
  local code = byte(state.pattern, at + 1)
  if not code then return add_fault(state, "%") end
  if code == 98 then return read_balance(state, at) end
  if code == 102 then return read_frontier(state, at) end
  if code >= 48 and code <= 57 then return read_reference(state, at) end
  return read_single(state, at, at + 1)
end

local function read_dollar(state, at)
  if at < #state.pattern then return read_single(state, at, at) end
  state[#state + 1] = { kind = "end" }
  return at + 1
end

local readers = { [36] = read_dollar, [37] = read_escape, [40] = read_open, [41] = read_close, [91] = read_set }

---Answers the items of a pattern, with `is_anchored`, `captures`, `is_malformed`, `has_references`.
function M.parse(pattern)
  local zero = ends_at_zero and find(pattern, "%z")
  if zero then pattern = sub(pattern, 1, zero - 1) end
  local state = { pattern = pattern, captures = 0, open = {}, closed = {}, positions = {}, depth = 1 }
  local at = 1
  if byte(pattern, 1) == 94 then state.is_anchored, at = true, 2 end
  while at <= #pattern do
    at = (readers[byte(pattern, at)] or read_single)(state, at, at)
  end
  if state.open[1] then state.is_malformed = true end
  return state
end

return M
