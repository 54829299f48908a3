-- costs: how long a subject may be for the VM's own matcher, which nothing can interrupt.
--
-- A pattern is gone through from its end. What is known of the tail behind an item is a bound of the steps until it has failed
-- at a place, `factor * n ^ degree`; a bound of the steps that a success takes beyond those that consume something (`extra`);
-- which bytes it may begin with (`first`); and whether it can't fail at all, or not at the subject's end. A quantified item
-- multiplies by n only where what follows may begin with a byte that the item takes too: elsewhere one length of it can do.
local K = ...
local patterns = K.patterns
local find, floor = string.find, math.floor
local M = {}

M.BUDGET = 2e7 -- steps of about 10 ns
local MAX_DEGREE, MAX_FIRST = 20, 8
local ANY = {}

local function plus(degree, factor, other_degree, other_factor)
  if degree == other_degree then return degree, factor + other_factor end
  if degree > other_degree then return degree, factor + other_factor / 8 end
  return other_degree, other_factor + factor / 8
end

local function add_fail(tail, degree, factor)
  tail.fail_degree, tail.fail = plus(tail.fail_degree, tail.fail, degree, factor)
end

local function add_extra(tail, degree, factor)
  tail.extra_degree, tail.extra = plus(tail.extra_degree, tail.extra, degree, factor)
end

local function weight_of(item) return 1 + #item.text / 16 end

-- Whether a byte that the item takes may also begin the tail.
local function overlaps(item, tail)
  if tail.first == ANY then return true end
  local members = patterns.members(item.text)
  for i = 1, #tail.first do
    if find(members, tail.first[i]) then return true end
  end
  return false
end

local function begin_too(tail, item)
  if tail.first == ANY then return end
  if #tail.first >= MAX_FIRST then
    tail.first = ANY
    return
  end
  local first = { item.text }
  for i = 1, #tail.first do first[i + 1] = tail.first[i] end
  tail.first = first
end

local function begin_with(tail, text, quick)
  tail.first, tail.quick, tail.is_sure, tail.is_sure_at_end = { text }, quick, false, false
end

-- The tail can't fail behind this item: its first attempt will do.
local function be_sure(tail)
  tail.is_sure, tail.fail_degree, tail.fail = true, 0, 0
end

-- One length can do: a run is taken, and each shorter length fails at its next byte.
local function take_sole(tail, item, weight)
  item.is_sole = true
  add_fail(tail, 1, weight + tail.quick)
  add_extra(tail, 0, weight)
end

local function take_greedy(tail, item, weight)
  if tail.is_sure or (item.text == "." and tail.is_sure_at_end) then
    be_sure(tail)
    add_extra(tail, 0, weight)
  elseif overlaps(item, tail) then
    tail.fail_degree, tail.fail = tail.fail_degree + 1, tail.fail + weight
    add_extra(tail, tail.fail_degree, tail.fail)
  else
    take_sole(tail, item, weight)
  end
end

local function take_lazy(tail, item, weight)
  if tail.is_sure then return add_extra(tail, 0, weight) end
  if not overlaps(item, tail) then return take_sole(tail, item, weight) end
  local is_quick = tail.fail_degree == 0
  tail.fail_degree, tail.fail = tail.fail_degree + 1, tail.fail + weight
  -- A success tried each place that it consumed; what fails at once there is paid by the consuming.
  add_extra(tail, is_quick and 0 or tail.fail_degree, tail.fail)
  if item.text == "." and tail.is_sure_at_end then be_sure(tail) end
end

local takers = {
  ["*"] = take_greedy,
  ["-"] = take_lazy,
  ["+"] = function(tail, item, weight)
    take_greedy(tail, item, weight)
    begin_with(tail, item.text, weight)
    add_fail(tail, 0, weight)
  end,
  ["?"] = function(tail, item, weight)
    add_extra(tail, 0, weight)
    if tail.is_sure then return end
    if overlaps(item, tail) then
      add_extra(tail, tail.fail_degree, tail.fail)
      tail.fail = tail.fail * 2
    end
    add_fail(tail, 0, weight)
  end,
}

local function pass(tail)
  tail.quick = tail.quick + 1
  add_extra(tail, 0, 1)
  if not tail.is_sure then add_fail(tail, 0, 1) end
end

local steps = { open = pass, close = pass, position = pass }

function steps.single(tail, item)
  local weight = weight_of(item)
  if item.quantifier then
    takers[item.quantifier](tail, item, weight)
    if item.quantifier ~= "+" then
      begin_too(tail, item)
      tail.quick = tail.quick + weight
    end
  else
    add_fail(tail, 0, weight)
    add_extra(tail, 0, weight)
    begin_with(tail, item.text, weight)
  end
end

function steps.frontier(tail, item)
  local weight = weight_of(item)
  add_fail(tail, 0, weight)
  add_extra(tail, 0, weight)
  begin_with(tail, item.text, weight)
end

function steps.balance(tail, item)
  add_fail(tail, 1, 1)
  add_extra(tail, 0, 1)
  begin_with(tail, find(item.first, "%w") and item.first or "%" .. item.first, 1)
end

function steps.reference(tail)
  add_fail(tail, 1, 1)
  add_extra(tail, 0, 1)
  begin_with(tail, "", 1)
  tail.first = ANY
end

steps["end"] = function(tail)
  add_fail(tail, 0, 1)
  tail.first, tail.quick, tail.is_sure, tail.is_sure_at_end, tail.is_last = {}, 1, false, true, true
end

local function go_through(items)
  local tail = {
    fail_degree = 0, fail = 0, extra_degree = 0, extra = 1, first = ANY, quick = 1, is_sure = true, is_sure_at_end = true,
  }
  for i = #items, 1, -1 do steps[items[i].kind](tail, items[i]) end
  return tail
end

-- Places are tried in order, so that `degree` of them nested are at most n ^ degree / degree! choices.
local function longest(degree, factor)
  if degree > MAX_DEGREE then return 0 end
  local permutations = 1
  for i = 2, degree do permutations = permutations * i end
  local n = floor((M.BUDGET * permutations / factor) ^ (1 / degree)) - degree
  return n > 0 and n or 0
end

---Answers the length up to which a subject may be matched natively; -1 for what is malformed. Marks items that have one length.
function M.limit(items)
  if items.is_malformed then return -1 end
  local tail = go_through(items)
  local starts = items.is_anchored and 0 or 1
  local degree, factor = plus(1, 1, tail.fail_degree + starts, tail.fail)
  -- What ends with `$` succeeds once; anything else perhaps at each place.
  degree, factor = plus(degree, factor, tail.extra_degree + (tail.is_last and 0 or starts), tail.extra)
  return longest(degree, factor)
end

return M
