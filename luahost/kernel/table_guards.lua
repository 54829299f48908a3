-- table_guards: checked versions of the functions on tables that a hook can't interrupt, for guests that have a time limit.
--
-- Tables without a metatable go to the VM's own functions, unless they seem to be huge: a border of a table with a few keys can
-- be at 2^30. Where the VM's functions ask metamethods (Lua 5.4), these do so too, in loops that a hook can end. LuaJIT's `move`,
-- `remove` and `foreachi` are such loops by themselves.
local K = ...
local blame, getmeta = K.blame, debug.getmetatable
local concat, insert, remove, sort, move, unpack = table.concat, table.insert, table.remove, table.sort, table.move, K.compat.unpack
local type, select, pcall, format, rawget, rawset, rawlen = type, select, pcall, string.format, rawget, rawset, K.compat.rawlen
local M = {}

local MOST_MOVED, MOST_SHIFTED, MOST_SORTED, MOST_UNPACKED = 1e7, 2e6, 5000, 1000
local MAX_COMPARING = 1e7 -- bytes of strings that a sort in C may be made of
local asks_meta = pcall(concat, setmetatable({}, { __index = function() return "" end }), "", 1, 1)

local get, set, length = rawget, rawset, rawlen
if asks_meta then
  function get(t, k) return t[k] end
  function set(t, k, v) t[k] = v end
  function length(t) return #t end
end

-- Whether a table has no metamethod that the VM's own functions would ask.
local function is_plain(t)
  local meta = getmeta(t)
  if meta == nil or not asks_meta then return true end
  return not (rawget(meta, "__index") or rawget(meta, "__newindex") or rawget(meta, "__len"))
end

local function is_whole(n) return type(n) == "number" and n % 1 == 0 end

-- Answers whether the VM's own function is to be asked, for it does no harm, or knows what is wrong with these arguments.
local function is_native(t) return type(t) ~= "table" or is_plain(t) end

local function shift_up(t, last, at)
  for i = last, at + 1, -1 do set(t, i, get(t, i - 1)) end
end

local function shift_down(t, at, last)
  for i = at, last - 1 do t[i] = t[i + 1] end
end

local function insert_at(t, at, value)
  if type(t) ~= "table" or not is_whole(at) then return blame.answer("insert", pcall(insert, t, at, value)) end
  local last = length(t) + 1
  if is_plain(t) and last - at <= MOST_SHIFTED then return blame.answer("insert", pcall(insert, t, at, value)) end
  if asks_meta and (at < 1 or at > last) then blame.raise("insert", "bad argument #2 to 'insert' (position out of bounds)") end
  shift_up(t, last, at)
  set(t, at, value)
end

function M.insert(t, ...)
  local count = select("#", ...)
  if count == 1 and type(t) == "table" then
    if not asks_meta then return insert(t, (...)) end
    t[#t + 1] = (...)
  elseif count == 2 then
    return insert_at(t, ...)
  else
    return blame.answer("insert", pcall(insert, t, ...))
  end
end

local function remove_at(t, at, last)
  if at ~= last and (at < 1 or at > last + 1) then
    blame.raise("remove", "bad argument #2 to 'remove' (position out of bounds)")
  end
  local value = t[at]
  shift_down(t, at, last)
  t[at < last and last or at] = nil
  return value
end

local function remove_native(t, ...)
  if select("#", ...) == 0 and type(t) == "table" then return remove(t) end
  return blame.answer("remove", pcall(remove, t, ...))
end

function M.remove(t, ...)
  local at = ...
  if not asks_meta or type(t) ~= "table" or (at ~= nil and not is_whole(at)) then return remove_native(t, ...) end
  local last = #t
  at = at or last
  if is_plain(t) and last - at <= MOST_SHIFTED then return remove_native(t, ...) end
  return remove_at(t, at, last)
end

local function concat_native(t, separator, first, last)
  local ok, text = pcall(concat, t, separator, first, last)
  if not ok then blame.raise("concat", text) end
  return text
end

function M.concat(t, separator, first, last)
  if getmeta(t) == nil or is_native(t) then return concat_native(t, separator, first, last) end
  if not is_whole(first or 1) or not is_whole(last or 1) then
    return concat_native({}, separator, first, last)
  end
  local parts, n = {}, 0
  for i = first or 1, last or #t do
    local value = t[i]
    if type(value) ~= "string" and type(value) ~= "number" then
      return concat_native({ [i] = value }, "", i, i)
    end
    n = n + 1
    parts[n] = value
  end
  return concat_native(parts, separator)
end

function M.unpack(t, first, last)
  if type(t) == "table" and first == nil and last == nil and is_plain(t) and rawlen(t) <= MOST_UNPACKED then return unpack(t) end
  if is_native(t) or not is_whole(first or 1) or not is_whole(last or 1) then
    return blame.answer("unpack", pcall(unpack, t, first, last))
  end
  first, last = first or 1, last or #t
  if last - first >= 1e6 then blame.raise("unpack", "too many results to unpack") end
  local values, n = {}, 0
  for i = first, last do
    n = n + 1
    values[n] = t[i]
  end
  return blame.answer("unpack", pcall(unpack, values, 1, n))
end

local function move_each(from, first, last, at, to)
  if at > last or at <= first or from ~= to then
    for i = 0, last - first do to[at + i] = from[first + i] end
  else
    for i = last - first, 0, -1 do to[at + i] = from[first + i] end
  end
  return to
end

function M.move(from, first, last, at, to)
  if to == nil then to = from end
  local is_usual = type(from) == "table" and type(to) == "table" and is_whole(first) and is_whole(last) and is_whole(at)
  if is_usual and last - first >= MOST_MOVED then
    blame.raise("move", "bad argument #3 to 'move' (too many elements to move)")
  end
  if is_usual and asks_meta and not (is_plain(from) and is_plain(to) and last - first <= MOST_SHIFTED) then
    return move_each(from, first, last, at, to)
  end
  return blame.answer("move", pcall(move, from, first, last, at, to))
end

local function is_less(a, b) return a < b end

-- Whether comparing is a matter of a few bytes: a long string may stand in many places.
local function is_light(t, count)
  local bytes = 0
  for i = 1, count do
    local value = rawget(t, i)
    if type(value) == "string" then bytes = bytes + #value
    elseif type(value) ~= "number" then return false end
  end
  return bytes <= MAX_COMPARING
end

-- Sorts what metamethods show of a table.
local function sort_shown(t, count, compare)
  local values = {}
  for i = 1, count do values[i] = t[i] end
  sort(values, compare)
  for i = 1, count do t[i] = values[i] end
end

function M.sort(t, compare)
  if type(t) ~= "table" or (compare ~= nil and type(compare) ~= "function") then
    return blame.answer("sort", pcall(sort, t, compare))
  end
  local count = length(t)
  if compare == nil then
    if is_plain(t) and count <= MOST_SORTED and is_light(t, count) then return blame.answer("sort", pcall(sort, t)) end
    compare = is_less
  elseif count > MOST_SORTED and K.compat.getinfo(compare, "S").what == "C" then
    local native = compare
    function compare(a, b) return native(a, b) end
  end
  if is_plain(t) then return sort(t, compare) end
  return sort_shown(t, count, compare)
end

return M
