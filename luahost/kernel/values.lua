-- values: what a variable's value is outside: a scalar, a reference to an object, or a list of these.
--
-- What was sent last is kept as a copy: scalars and objects as they are, lists as tables of the kernel, which hold their length
-- under the key `LIST`. So a list that is changed in place is seen to differ, and an object is the same for as long as it is
-- that very table.
local K = ...
local objects, codec, rawlen = K.objects, K.codec, K.compat.rawlen
local type, next, rawget, rawequal, setmetatable = type, next, rawget, rawequal, setmetatable
local byte, format, huge = string.byte, string.format, math.huge
local M = {}

local LIST = {} -- no guest ever holds this key
local MAX_DEPTH = 100
local UNDERSCORE = 95

-- Tables of the kernel's own that are lists also while they are empty.
local always = setmetatable({}, { __mode = "k" })

-- What could not be told of the value that was copied last.
local note

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

local function copy_list(t, depth)
  local n = rawlen(t)
  local out = { [LIST] = n }
  for i = 1, n do out[i] = copy(rawget(t, i), true, depth + 1) end
  return out
end

function copy(v, is_bound, depth)
  local kind = type(v)
  if kind ~= "table" then return plain(v, kind) end
  if is_object(v, is_bound) then return v end
  if depth >= MAX_DEPTH then
    note = format("lists nested deeper than %d are null outside", MAX_DEPTH)
    return nil
  end
  return copy_list(v, depth)
end

---Answers a copy of a value as it is sent, and what of it can't be told.
function M.copy(v, is_bound)
  note = nil
  local sent = copy(v, is_bound, 1)
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

---Answers whether a value is still what was sent of it.
function M.is_same(v, sent, is_bound) return is_same(v, sent, is_bound, 1) end

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

---Appends the bytes of a copy to `out` behind its first `n` pieces; answers the new count.
function M.write(sent, out, n)
  if type(sent) ~= "table" then
    out[n + 1] = codec.scalar(sent)
    return n + 1
  end
  if not is_list_copy(sent) then
    out[n + 1] = reference .. codec.scalar(objects.number(sent))
    return n + 1
  end
  out[n + 1] = codec.list_head(sent[LIST])
  n = n + 1
  for i = 1, sent[LIST] do n = M.write(sent[i], out, n) end
  return n
end

---Answers what a peer's value means here: `{obj = number}` is that object.
function M.of_peer(v)
  if type(v) ~= "table" then return v end
  local number = rawget(v, "obj")
  if number ~= nil then
    local object = objects.find(number)
    if object == nil then K.refusals.refuse("not-found", "there is no object %s", number) end
    return object
  end
  local out = {}
  for i, item in next, v do
    if type(i) ~= "number" then K.refusals.refuse("bad-message", "a value is a scalar, {\"obj\": number}, or a list of these") end
    out[i] = M.of_peer(item)
  end
  return out
end

return M
