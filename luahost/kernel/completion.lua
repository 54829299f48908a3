-- completion: the names that can follow what is being typed. It reads raw fields, and follows prototypes by their tables: no code
-- of the guest runs, whatever its metatables say.
local K = ...
local libraries = K.libraries
local type, next, rawget, getmetatable, sort = type, next, rawget, getmetatable, table.sort
local find, sub = string.find, string.sub
local M = {}

local MOST_NAMES = 300
local MOST_FIELDS = 50000 -- so many are looked at in all
local MOST_STEPS = 100 -- so long is the way over prototypes

-- The table in which a field is looked up that isn't in `value` itself.
local function behind(value)
  if type(value) == "string" then return libraries.string end
  local meta = type(value) == "table" and getmetatable(value)
  local index = type(meta) == "table" and rawget(meta, "__index")
  return type(index) == "table" and index ~= value and index or nil
end

local function field(value, key)
  local steps = 0
  while value ~= nil and steps < MOST_STEPS do
    local found = type(value) == "table" and rawget(value, key)
    if found ~= nil and found ~= false then return found end
    value, steps = behind(value), steps + 1
  end
end

local function holder_of(keys)
  local value = K.env
  for i = 1, #keys do
    value = field(value, keys[i])
    if value == nil then return nil end
  end
  return value
end

-- Private names are told only to who asks for them.
local function is_name(key, prefix)
  if type(key) ~= "string" or sub(key, 1, #prefix) ~= prefix then return false end
  return find(key, prefix == "" and "^%a[%w_]*$" or "^[%a_][%w_]*$") ~= nil
end

-- The kind of a value, in a word: of an instance it is its prototype.
local function kind_of(value)
  local record = type(value) == "table" and K.prototypes.records[getmetatable(value) or false]
  return record and record.name or type(value)
end

-- Adds the names in one table to `found`; answers how many fields it looked at.
local function gather(t, asked, found, looked)
  for key, value in next, t do
    looked = looked + 1
    if looked > MOST_FIELDS or found.count >= MOST_NAMES then return looked end
    if not found.kinds[key] and is_name(key, asked.prefix) and (type(value) == "function" or not asked.is_call) then
      found.count = found.count + 1
      found.names[found.count], found.kinds[key] = key, kind_of(value)
    end
  end
  return looked
end

local function gather_all(value, asked)
  local found, looked, steps = { names = {}, kinds = {}, count = 0 }, 0, 0
  while value ~= nil and steps < MOST_STEPS and looked <= MOST_FIELDS do
    if type(value) == "table" then looked = gather(value, asked, found, looked) end
    value, steps = behind(value), steps + 1
  end
  sort(found.names)
  return found
end

---Answers a list of names with the kind of each: `{ { "addContact", "function" }, … }`. `bytes` is what is asked, packed:
---`keys` the way from the globals to the holder, `prefix` what is typed of the name, `is_call` whether a method is wanted.
function M.names(bytes)
  local asked, out = K.decoder.unpack(bytes), {}
  local found = gather_all(holder_of(asked.keys), asked)
  for i, name in next, found.names do out[i] = { name, found.kinds[name] } end
  return out
end

return M
