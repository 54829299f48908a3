-- chains: a pattern as a chain of functions `(subject, place)`, each of which calls the next one and answers where the match
-- ends. A native function is called for one run of bytes, so that it is linear: between two calls the hook can end a match.
local K = ...
local patterns = K.patterns
local byte, sub, find, gsub, pcall = string.byte, string.sub, string.find, string.gsub, pcall
local M = { from = {}, to = {} }

local LONG_SET = 64 -- a text to search natively for is shorter

-- Where captures of the match under way begin and end. Nothing reads one of these before the same attempt has written it.
local from, to = M.from, M.to

---Complains in the VM's words: what the native function says of these arguments.
function M.fault(native, ...)
  local _, message = pcall(native, ...)
  K.arguments.refuse(message)
end

local set_of = patterns.keeping(function(text)
  local members, set = patterns.members(text), {}
  for i = 1, #members do set[byte(members, i)] = true end
  return set
end)

-- Answers a function that tells where a run of the item's bytes ends.
local function runner(item)
  if item.text == "." then return function(s) return #s + 1 end end
  if #item.text <= LONG_SET then
    local run = "^" .. item.text .. "*"
    return function(s, at)
      local _, last = find(s, run, at)
      return last + 1
    end
  end
  local set = set_of(item.text)
  return function(s, at)
    while set[byte(s, at)] do at = at + 1 end
    return at
  end
end

local function greedy(item, follow)
  local stop, least, is_sole = runner(item), item.quantifier == "+" and 1 or 0, item.is_sole
  return function(s, at)
    local last = stop(s, at)
    at = at + least
    if is_sole and at <= last then return follow(s, last) end
    for place = last, at, -1 do
      local e = follow(s, place)
      if e then return e end
    end
  end
end

local function lazy(item, follow)
  if item.is_sole then return greedy(item, follow) end
  local set = set_of(item.text)
  return function(s, at)
    while true do
      local e = follow(s, at)
      if e then return e end
      if not set[byte(s, at)] then return nil end
      at = at + 1
    end
  end
end

-- `.-` before something that must be there goes from one such byte to the next.
local function leaping(landing, follow)
  return function(s, at)
    at = find(s, landing, at)
    while at do
      local e = follow(s, at)
      if e then return e end
      at = find(s, landing, at + 1)
    end
  end
end

local function optional(item, follow)
  local set = set_of(item.text)
  return function(s, at)
    if set[byte(s, at)] then
      local e = follow(s, at + 1)
      if e then return e end
    end
    return follow(s, at)
  end
end

-- Answers the text of the byte that a match of items from `i` on must begin with, if there is a short one.
local function landing_of(items, i)
  local item = items[i]
  while item and (item.kind == "open" or item.kind == "close" or item.kind == "position") do
    i = i + 1
    item = items[i]
  end
  if not item or item.kind ~= "single" or #item.text > LONG_SET then return nil, item end
  return (item.quantifier == nil or item.quantifier == "+") and item.text or nil, item
end

local makers = {}

function makers.single(item, follow, items, i)
  local quantifier = item.quantifier
  if quantifier == "?" then return optional(item, follow) end
  if quantifier == "-" then
    local landing = item.text == "." and landing_of(items, i + 1)
    return landing and leaping(landing, follow) or lazy(item, follow)
  end
  if quantifier then return greedy(item, follow) end
  local set = set_of(item.text)
  return function(s, at)
    if set[byte(s, at)] then return follow(s, at + 1) end
  end
end

local function marking(places)
  return function(item, follow)
    local level = item.level
    return function(s, at)
      places[level] = at
      return follow(s, at)
    end
  end
end

makers.open, makers.position, makers.close = marking(from), marking(from), marking(to)

function makers.balance(item, follow)
  local text = "^" .. item.text
  return function(s, at)
    local _, last = find(s, text, at)
    if last then return follow(s, last + 1) end
  end
end

function makers.frontier(item, follow)
  local set = set_of(item.text)
  return function(s, at)
    if not set[byte(s, at - 1) or 0] and set[byte(s, at) or 0] then return follow(s, at) end
  end
end

function makers.reference(item, follow, items)
  local level = item.level
  if items.positions[level] then return function() end end -- a position has no text
  return function(s, at)
    local text = sub(s, from[level], to[level] - 1)
    if sub(s, at, at + #text - 1) == text then return follow(s, at + #text) end
  end
end

makers["end"] = function(_, follow)
  return function(s, at)
    if at > #s then return follow(s, at) end
  end
end

function makers.fault(item)
  return function() M.fault(gsub, item.subject, item.provoking, "") end
end

local function finish(_, at) return at end

-- A failed attempt at a quantified byte fails at the other places of its run as well, and tells where to go on.
local function leap_of(items, item)
  if items.has_references or item.kind ~= "single" then return nil end
  return item.quantifier and item.quantifier ~= "?" and runner(item) or nil
end

---Answers the chain of a pattern: `run`, which of `items` it has, and how to find places worth an attempt.
M.of = patterns.keeping(function(pattern)
  local items = patterns.parse(pattern)
  K.costs.limit(items)
  local run = finish
  for i = #items, 1, -1 do run = makers[items[i].kind](items[i], run, items, i) end
  local landing, first = landing_of(items, 1)
  return { run = run, items = items, landing = landing, leap = first and leap_of(items, first) }
end)

---Answers where the first match at `at` or behind it begins and ends.
function M.search(chain, s, at)
  local run, landing, leap = chain.run, chain.landing, chain.leap
  if chain.items.is_anchored then
    local e = run(s, at)
    return e and at, e
  end
  repeat
    if landing then at = find(s, landing, at) end
    if not at then return nil end
    local e = run(s, at)
    if e then return at, e end
    at = (leap and leap(s, at) or at) + 1
  until at > #s + 1
end

return M
