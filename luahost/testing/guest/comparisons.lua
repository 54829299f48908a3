-- comparisons: whether two values are the same in all depths, and in which of their entries they are not.
local K, _, rooms = ...
local renderings = rooms.renderings
local type, next, rawget, rawequal = type, next, rawget, rawequal
local format, rep = string.format, string.rep
local M = {}

local MOST_LINES, MOST_ALIKE = 60, 3

local function is_scalar_same(a, b) return rawequal(a, b) or a == b or (a ~= a and b ~= b) end

---Tells whether values are the same: tables by their own entries, in all depths, everything else by `==`; NaN is the same as
---NaN. `seen` has the pairs that are being compared: a cycle is the same as a cycle of the same form.
function M.same(a, b, seen)
  if type(a) ~= "table" or type(b) ~= "table" or rawequal(a, b) then
    return rawequal(a, b) or (type(a) == type(b) and is_scalar_same(a, b))
  end
  seen = seen or {}
  if seen[a] and seen[a][b] then return true end
  seen[a] = seen[a] or {}
  seen[a][b] = true
  for key, value in next, a do
    if not M.same(value, rawget(b, key), seen) then return false end
  end
  for key in next, b do
    if rawget(a, key) == nil then return false end
  end
  return true
end

local function put(out, sign, depth, text) out[#out + 1] = { sign = sign, text = rep("  ", depth) .. text } end

-- Many equal entries in a row say nothing: two stand for them.
local function put_alike(out, depth, alike)
  local shown = #alike <= MOST_ALIKE and #alike or 1
  for i = 1, shown do put(out, " ", depth, alike[i] .. ",") end
  if #alike > shown then put(out, " ", depth, format("… %d more alike", #alike - shown)) end
end

local diff_tables

local function diff_entry(out, depth, label, expected, actual, seen)
  if type(expected) == "table" and type(actual) == "table" and not seen[expected] and not seen[actual] then
    put(out, " ", depth, label .. renderings.kind_of(actual) .. "{")
    diff_tables(out, depth + 1, expected, actual, seen)
    put(out, " ", depth, "},")
    return
  end
  if expected ~= nil then put(out, "-", depth, label .. renderings.short(expected) .. ",") end
  if actual ~= nil then put(out, "+", depth, label .. renderings.short(actual) .. ",") end
end

function diff_tables(out, depth, expected, actual, seen)
  seen[expected], seen[actual] = true, true
  local alike, has_left_out = {}, false
  for place, key in next, renderings.keys(expected, actual) do
    local a, b = rawget(expected, key), rawget(actual, key)
    -- Where entries of a list are left out, the others need their numbers.
    has_left_out = has_left_out or #alike > MOST_ALIKE
    local label = renderings.label(key, not has_left_out and place or nil)
    if M.same(a, b) then
      alike[#alike + 1] = label .. renderings.short(b)
    else
      put_alike(out, depth, alike)
      alike = {}
      diff_entry(out, depth, label, a, b, seen)
    end
    if #out > MOST_LINES then break end
  end
  put_alike(out, depth, alike)
  seen[expected], seen[actual] = nil, nil
end

local function cut(out)
  local more = #out - MOST_LINES
  if more <= 1 then return out end
  for i = #out, MOST_LINES + 1, -1 do out[i] = nil end
  put(out, " ", 0, "… the rest is cut")
  return out
end

---Answers the lines of a difference, each with its sign: "-" expected, "+" what there is, " " both.
function M.difference(expected, actual)
  local out = {}
  if type(expected) == "table" and type(actual) == "table" then
    put(out, " ", 0, renderings.kind_of(actual) .. "{")
    diff_tables(out, 1, expected, actual, {})
    put(out, " ", 0, "}")
    return cut(out)
  end
  put(out, "-", 0, renderings.short(expected))
  put(out, "+", 0, renderings.short(actual))
  return out
end

return M
