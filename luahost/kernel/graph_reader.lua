-- graph_reader: tables from the bytes that `graph_writer` made. Whatever the bytes are, this ends, and takes no more room than
-- they account for.
local K = ...
local read_plain, unsigned = K.decoder.read, K.decoder.unsigned
local type, error, rawset, setmetatable = type, error, rawset, setmetatable
local byte, sub = string.byte, string.sub
local M = {}

local TABLE, PROTOTYPE, MODULE, MARK = 1, 2, 3, 4
local EMPTY_MARK, SESSION_MARK, CODE_MARK, OPAQUE_MARK = 0, 1, 2, 3

local bytes, at -- what is being read, and where
local objects, most, prototypes, modules -- by number; `most` tables

local function damaged(what) error({ damaged = what }, 0) end

local function code() error("a function of an earlier version of the code: it is gone", 2) end
local opaque = { __metatable = "opaque" }

local marks = {
  [EMPTY_MARK] = function() return K.inits.EMPTY end,
  [SESSION_MARK] = function() return K.session end,
  [CODE_MARK] = function() return code end,
  [OPAQUE_MARK] = function() return setmetatable({}, opaque) end,
}

local function table_of(n)
  if n < 1 or n > most then damaged("a reference to a table that isn't there") end
  local t = objects[n]
  if not t then
    t = {}
    objects[n] = t
  end
  return t
end

local function referred(kind, n)
  if kind == TABLE then return table_of(n) end
  if kind == MARK and marks[n] then return marks[n]() end
  local from = kind == PROTOTYPE and prototypes or kind == MODULE and modules or {}
  if from[n] == nil then damaged("a reference to what isn't there") end
  return from[n]
end

local sizes = { [212] = 1, [213] = 2, [214] = 4 }

-- Strings and numbers are of a size that the bytes bear out; nothing here has other values in it.
local is_scalar = { [192] = true, [194] = true, [195] = true, [196] = true, [197] = true, [198] = true, [203] = true }
for tag = 204, 211 do is_scalar[tag] = true end
for tag = 217, 219 do is_scalar[tag] = true end

---Reads one value.
local function value()
  local tag = byte(bytes, at)
  if not tag then damaged("an end too early") end
  if tag < 128 then
    at = at + 1
    return tag
  elseif tag >= 224 then
    at = at + 1
    return tag - 256
  elseif tag >= 160 and tag < 192 then
    local from = at + 1
    at = from + tag - 160
    return sub(bytes, from, at - 1)
  end
  local size = sizes[tag]
  if size then
    local kind, n = byte(bytes, at + 1), nil
    n, at = unsigned(bytes, at + 2, size)
    return referred(kind, n)
  end
  if not is_scalar[tag] then damaged("a value of a kind that none has") end
  local v
  v, at = read_plain(bytes, at)
  return v
end

local function list_head()
  local tag = byte(bytes, at)
  if not tag then damaged("an end too early") end
  local count
  if tag >= 144 and tag < 160 then
    count, at = tag - 144, at + 1
  elseif tag == 220 or tag == 221 then
    count, at = unsigned(bytes, at + 1, tag == 220 and 2 or 4)
  else
    damaged("no list where one belongs")
  end
  if count > #bytes then damaged("a list longer than all there is") end
  return count
end

local function read_shape()
  local count = list_head()
  local shape = { prototype = value() }
  for i = 1, count - 1 do
    shape[i] = value()
    if type(shape[i]) ~= "string" then damaged("a field without a name") end
  end
  return shape
end

-- Fields are set before any table has its metatable: nothing of the guest runs.
local function read_fields(t, shape, count)
  for i = 1, #shape do t[shape[i]] = value() end
  for _ = 1, (count - #shape) / 2 do
    local k = value()
    if k == nil or k ~= k then damaged("a key that none can be") end
    t[k] = value()
  end
end

local function read_table(number, shapes)
  local count, t = list_head(), table_of(number)
  local shape, length = shapes[value() + 1], value()
  if not shape or length > count or (count - 2 - length - #shape) % 2 ~= 0 then damaged("a table without its shape") end
  for i = 1, length do rawset(t, i, value()) end
  read_fields(t, shape, count - 2 - length)
  return t, shape.prototype
end

---Begins to read `text`.
function M.begin(text) bytes, at, objects, most = text, 1, {}, 0 end

---Lets go of everything.
function M.drop() bytes, objects, prototypes, modules = nil, nil, nil, nil end

---Says what references by number mean from here on; there are `count` tables.
function M.bind(count, bound_prototypes, bound_modules)
  if type(count) ~= "number" or count > #bytes then damaged("more tables than there is room for") end
  most, prototypes, modules = count, bound_prototypes, bound_modules
end

---Reads the shapes: a list of lists of names, each with its `prototype`.
function M.shapes()
  local shapes = {}
  for i = 1, list_head() do shapes[i] = read_shape() end
  return shapes
end

---Reads the tables; calls `is_done(t, prototype)` for each that belongs to a prototype, which is a number, when all are there.
function M.tables(shapes, is_done)
  local count = list_head()
  if count ~= most then damaged("another number of tables than was said") end
  local belonging, n = {}, 0
  for i = 1, count do
    local t, prototype = read_table(i, shapes)
    if prototype ~= 0 then
      n = n + 2
      belonging[n - 1], belonging[n] = t, prototype
    end
  end
  for i = 1, n, 2 do is_done(belonging[i], belonging[i + 1]) end
end

---Reads a value that is to be a string; with `is_optional`, nil is one too.
function M.text(is_optional)
  local v = value()
  if type(v) ~= "string" and not (is_optional and v == nil) then damaged("something else than a name") end
  return v
end

M.value, M.list_head, M.damaged = value, list_head, damaged

return M
