-- assertions: `assert`, as Lua has it, and with luassert's words: `assert.same(expected, actual)`, `assert.is_not.equal(…)`.
--
-- A name is read word by word, whether they are joined by `_` or by dots: `are`, `is`, `has` and the like are for the reader,
-- `not` and `no` turn the assertion around, and the rest is what is asserted.
local K, _, rooms = ...
local renderings, comparisons = rooms.renderings, rooms.comparisons
local short, same = renderings.short, comparisons.same
local type, next, select, error, tostring, pcall = type, next, select, error, tostring, K.environment.pcall
local setmetatable, getmetatable, rawequal = setmetatable, getmetatable, rawequal
local format, find, gsub, gmatch, concat = string.format, string.find, string.gsub, string.gmatch, table.concat
local M = {}

local Failure = { __tostring = function(failure) return failure.message end }

---Answers what an assertion raised, nil for any other value.
function M.failure_of(value)
  if type(value) == "table" and rawequal(getmetatable(value), Failure) then return value end
end

local function fail(message, details) error(setmetatable({ message = message, details = details or {} }, Failure), 0) end

local FILLERS = {
  is = true, are = true, was = true, were = true, be = true, has = true, have = true, does = true, ["do"] = true, a = true,
  an = true, the = true, to = true,
}
local NEGATIONS = { ["not"] = true, no = true, ["un"] = true }

-- By name: `count` is how many arguments an assertion has, one more is the author's words; `test` answers whether it holds, and
-- what it found out; `say` answers what is said if it doesn't, or does and should not (`is_turned`); `details` the lines below.
local checks = {}

local function check(names, count, test, say, details)
  for name in gmatch(names, "%S+") do checks[name] = { count = count, test = test, say = say, details = details } end
end

local function is_alike(expected, actual) return type(expected) == "table" and same(expected, actual) end

check("equal equals", 2, function(expected, actual) return expected == actual end, function(is_turned, _, expected, actual)
  if is_turned then return "expected another value than " .. short(expected) end
  if is_alike(expected, actual) then return "expected the very same table, got another one with the same entries" end
  return "expected an equal value"
end, function(_, expected, actual)
  if not is_alike(expected, actual) then return comparisons.difference(expected, actual) end
end)

check("same", 2, function(expected, actual) return same(expected, actual) end, function(is_turned, _, expected)
  return is_turned and "expected something else than " .. short(expected) or "expected the same"
end, function(_, expected, actual) return comparisons.difference(expected, actual) end)

local function truth(names, what, test)
  check(names, 1, test, function(is_turned, _, value)
    return format("expected %s%s, got %s", is_turned and "anything but " or "", what, short(value))
  end)
end

truth("true", "true", function(value) return value == true end)
truth("false", "false", function(value) return value == false end)
truth("nil", "nil", function(value) return value == nil end)
truth("truthy", "a true value", function(value) return value end)
truth("falsy", "nil or false", function(value) return not value end)
truth("nan", "NaN", function(value) return value ~= value end)
for _, kind in next, { "string", "number", "boolean", "table", "function", "thread", "userdata" } do
  truth(kind, "a " .. kind, function(value) return type(value) == kind end)
end

check("near", 3, function(expected, actual, tolerance)
  local are_numbers = type(expected) == "number" and type(actual) == "number" and type(tolerance) == "number"
  return are_numbers and actual >= expected - tolerance and actual <= expected + tolerance
end, function(is_turned, _, expected, actual, tolerance)
  local what = is_turned and "nothing near" or "about"
  return format("expected %s %s, give or take %s, got %s", what, short(expected), short(tolerance), short(actual))
end)

local function is_match(text, pattern, init, plain) return type(text) == "string" and find(text, pattern, init, plain) ~= nil end

local function check_pattern(pattern)
  if type(pattern) ~= "string" then K.arguments.refuse("assert: the pattern is a string, got " .. short(pattern)) end
end

check("matches match", 4, function(pattern, text, init, plain)
  check_pattern(pattern)
  return is_match(text, pattern, init, plain)
end, function(is_turned, _, pattern, text)
  return format("expected %s match of %s, got %s", is_turned and "no" or "a", short(pattern), short(text))
end)

-- Lua writes where an error was raised in front of its text.
local function without_place(e) return type(e) == "string" and gsub(e, "^[^\n:]+:%d+: ", "", 1) or e end

-- Answers what calling `f` raised, in a table, and nil if it raised nothing. What another assertion found within it is no error of
-- what it calls.
local function raised_by(f)
  if type(f) ~= "function" then K.arguments.refuse("assert: wants a function that it can call, got " .. short(f)) end
  local ok, e = pcall(f)
  if not ok and M.failure_of(e) then error(e, 0) end
  return not ok and { value = without_place(e) } or nil
end

local function got(raised) return raised and "got " .. short(raised.value) or "there was none" end

check("error errors", 2, function(f, expected)
  local raised = raised_by(f)
  return raised and (expected == nil or same(without_place(expected), raised.value)), raised
end, function(is_turned, raised, _, expected)
  if is_turned then return "expected no error, " .. got(raised) end
  if expected == nil then return "expected an error, there was none" end
  return format("expected the error %s, %s", short(expected), raised and "got another one" or "there was none")
end, function(raised, _, expected) return raised and comparisons.difference(without_place(expected), raised.value) end)

check("error_matches matches_error error_match", 4, function(f, pattern, init, plain)
  check_pattern(pattern)
  local raised = raised_by(f)
  local e = raised and raised.value
  local text = type(e) == "table" and type(e.message) == "string" and e.message or e
  return raised and is_match(text, pattern, init, plain), raised
end, function(is_turned, raised, _, pattern)
  return format("expected %s error that matches %s, %s", is_turned and "no" or "an", short(pattern), got(raised))
end)

local function run(found, is_turned, ...)
  local holds, seen = found.test(...)
  if (holds and true or false) ~= is_turned then return ... end
  local words = select(found.count + 1, ...)
  local message = found.say(is_turned, seen, ...)
  if words ~= nil then message = tostring(words) .. ": " .. message end
  fail(message, not is_turned and found.details and found.details(seen, ...) or nil)
end

-- The longest known name that the unknown one is a part of, or the other way round.
local function near_to(name)
  local near
  for known in next, checks do
    local is_like = find(known, name, 1, true) or find(name, known, 1, true)
    if is_like and (not near or #known > #near) then near = known end
  end
  return near
end

local function unknown(name)
  local near = near_to(name)
  K.arguments.refuse(format("assert.%s: no such assertion%s", name, near and format(" (did you mean assert.%s?)", near) or ""))
end

local function lowered(c) return string.char(string.byte(c) + 32) end

-- Splits what was written so far into what it means.
local function parsed(words)
  local left, is_turned = {}, false
  for word in gmatch(words, "[^_]+") do
    local lower = gsub(word, "%u", lowered)
    if NEGATIONS[lower] then
      is_turned = not is_turned
    elseif not FILLERS[lower] then
      left[#left + 1] = lower
    end
  end
  return concat(left, "_"), is_turned
end

local chain = {}

local function chained(words) return setmetatable({ words = words }, chain) end

function chain.__index(self, word)
  if type(word) ~= "string" then return nil end
  return chained(self.words == "" and word or self.words .. "_" .. word)
end

-- Lua's own `assert`.
local function plain(...)
  local value, message = ...
  if value then return ... end
  if select("#", ...) == 0 then K.arguments.refuse("bad argument #1 to 'assert' (value expected)") end
  if type(message) == "string" then fail(message) end
  if message ~= nil then error(message, 0) end
  fail("assertion failed!")
end

function chain.__call(self, ...)
  if self.words == "" then return plain(...) end
  local name, is_turned = parsed(self.words)
  if not checks[name] then unknown(name == "" and self.words or name) end
  return run(checks[name], is_turned, ...)
end

M.assert = chained("")

return M
