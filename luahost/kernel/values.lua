-- values: what a variable's value is outside: a scalar, a reference to an object, or a list of these.
--
-- What was sent last is kept as a copy: scalars and objects as they are, lists as tables of the kernel, which hold their length
-- under the key `LIST`. So a list that is changed in place is seen to differ, and an object is the same for as long as it is
-- that very table.
local K = ...
local objects, codec, rawlen = K.objects, K.codec, K.compat.rawlen
local type, next, rawget, rawequal, setmetatable = type, next, rawget, rawequal, setmetatable
local byte, format, huge, concat = string.byte, string.format, math.huge, table.concat
local M = {}

local LIST = {} -- no guest ever holds this key
local MAX_DEPTH, MOST_ITEMS = 100, 100000
local UNDERSCORE = 95

-- Tables of the kernel's own that are lists also while they are empty.
local always = setmetatable({}, { __mode = "k" })

-- What could not be told of the value that was copied last, and how many items are in its lists.
local note, items

local function is_list_copy(sent) return type(sent) == "table" and rawget(sent, LIST) ~= nil end

---Lets `t` be a list whatever is in it; answers it.
function M.as_list(t)
  always[t] = true
  return t
end

---Answers whether a table is an object: it has a `type`, or a named field that isn't private; or is nothing that a list is.
---`is_bound`: an empty table counts as a list, since the variable is bound as one.
function M.is_object(t, is_bound)
  if always[t] then return false end
  if t.type ~= nil then return true end
  for k in next, t do
    if type(k) == "string" and byte(k) ~= UNDERSCORE then return true end
  end
  return rawlen(t) == 0 and not (is_bound and next(t) == nil)
end
local is_object = M.is_object

-- Answers a value without parts as it leaves the session.
local function plain(v, kind)
  if kind == "number" then
    if v == v and v ~= huge and v ~= -huge then return v end
    note = "a number that isn't finite is null outside"
  elseif kind == "string" or kind == "boolean" or kind == "nil" then
    return v
  else
    note = format("a %s is null outside", kind)
  end
  return nil
end

local copy

local function copy_list(t, around)
  local n = rawlen(t)
  items = items + n
  if items > MOST_ITEMS then
    note = format("a list of more than %d items, those of lists in it included, is null outside", MOST_ITEMS)
    return nil
  end
  local out = { [LIST] = n }
  around[t], around.depth = true, around.depth + 1
  for i = 1, n do out[i] = copy(rawget(t, i), true, around) end
  around[t], around.depth = nil, around.depth - 1
  return out
end

-- `around`: the lists that the value stands in.
function copy(v, is_bound, around)
  local kind = type(v)
  if kind ~= "table" then return plain(v, kind) end
  if is_object(v, is_bound) then return v end
  if around[v] or around.depth >= MAX_DEPTH then
    note = around[v] and "a list within itself is null outside" or format("lists nested deeper than %d are null outside", MAX_DEPTH)
    return nil
  end
  return copy_list(v, around)
end

---Answers a copy of a value as it is sent, and what of it can't be told.
function M.copy(v, is_bound)
  if type(v) == "table" and is_object(v, is_bound) then return v end
  note, items = nil, 0
  local sent = copy(v, is_bound, type(v) == "table" and { depth = 0 } or nil)
  return sent, note
end

local is_same

local function is_same_list(t, sent, depth)
  if not is_list_copy(sent) or sent[LIST] ~= rawlen(t) or depth > MAX_DEPTH then return false end
  for i = 1, sent[LIST] do
    if not is_same(rawget(t, i), sent[i], true, depth + 1) then return false end
  end
  return true
end

function is_same(v, sent, is_bound, depth)
  if type(v) ~= "table" then return v == sent or plain(v, type(v)) == sent end
  if rawequal(v, sent) then return is_object(v, is_bound) end
  return not is_object(v, is_bound) and is_same_list(v, sent, depth)
end

---Answers whether a value is still what was sent of it, and what of it can't be told.
function M.is_same(v, sent, is_bound)
  note = nil
  return is_same(v, sent, is_bound, 1), note
end

---Answers whether two copies are one and the same.
function M.is_equal(a, b)
  if not (is_list_copy(a) and is_list_copy(b)) then return rawequal(a, b) or (type(a) ~= "table" and a == b) end
  if a[LIST] ~= b[LIST] then return false end
  for i = 1, a[LIST] do
    if not M.is_equal(a[i], b[i]) then return false end
  end
  return true
end

---Answers how many items the copy of a list has; nil for what is no list.
function M.length(sent) return type(sent) == "table" and rawget(sent, LIST) or nil end

local reference = "\129\163obj" -- {"obj": …

local write

local function write_list(sent, out, n)
  out[n + 1] = codec.list_head(sent[LIST])
  n = n + 1
  for i = 1, sent[LIST] do n = write(sent[i], out, n) end
  return n
end

-- Appends the bytes of a copy to `out` behind its first `n` pieces; answers the new count.
function write(sent, out, n)
  if is_list_copy(sent) then return write_list(sent, out, n) end
  out[n + 1] = type(sent) == "table" and reference .. codec.scalar(objects.number(sent)) or codec.scalar(sent)
  return n + 1
end

---Answers a copy as packed bytes.
function M.bytes(sent)
  if type(sent) ~= "table" then return codec.scalar(sent) end
  local out = {}
  return concat(out, "", 1, write(sent, out, 0))
end

local of_peer

local function object_of(number)
  if type(number) ~= "number" then K.refusals.refuse("bad-message", "a reference is {\"obj\": number}") end
  return objects.find(number) or K.refusals.refuse("not-found", "there is no object %s", number)
end

function of_peer(v, depth)
  if type(v) ~= "table" then return v end
  local number = rawget(v, "obj")
  if number ~= nil then return object_of(number) end
  if depth > MAX_DEPTH then K.refusals.refuse("bad-message", "lists are nested deeper than %d", MAX_DEPTH) end
  local out = {}
  for i, item in next, v do
    if type(i) ~= "number" then K.refusals.refuse("bad-message", "a value is a scalar, {\"obj\": number}, or a list of these") end
    out[i] = of_peer(item, depth + 1)
  end
  return out
end

---Answers what a peer's value means here: `{obj = number}` is that object.
function M.of_peer(v) return of_peer(v, 1) end

return M
