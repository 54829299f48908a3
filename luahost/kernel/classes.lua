-- classes: prototypes as an editor wants to know them: their fields with types, their methods with parameters.
local K = ...
local prototypes, families, inits, is_integer = K.prototypes, K.families, K.inits, K.numbers.is_integer
local type, next, rawget, rawequal = type, next, rawget, rawequal
local sort, concat, sub, find = table.sort, table.concat, string.sub, string.find
local getinfo, getlocal = debug.getinfo, debug.getlocal
local M = {}

local MOST_INSTANCES, MOST_ITEMS = 200, 100

-- The name of the nearest registered prototype that a table is, or is an instance of.
local function class_of(value)
  local at, steps = value, 0
  while type(at) == "table" and steps < 100 do
    local record = prototypes.records[at]
    if record then return record.name end
    at, steps = families.parent_of(at), steps + 1
  end
end

local type_of

local function joined(kinds)
  local list = {}
  for kind in next, kinds do list[#list + 1] = kind end
  sort(list)
  return concat(list, "|"), #list
end

-- `string[]` for a sequence; nil for any other table.
local function list_type(value)
  local kinds, count = {}, 0
  for k in next, value do
    count = count + 1
    if type(k) ~= "number" then return end
  end
  if count == 0 or count ~= #value then return end
  for i = 1, count < MOST_ITEMS and count or MOST_ITEMS do
    local item = value[i]
    kinds[type(item) == "table" and not class_of(item) and "table" or type_of(item)] = true
  end
  local text, n = joined(kinds)
  return n == 1 and text .. "[]" or "(" .. text .. ")[]"
end

---Answers the type of a value, in the words of annotations.
function type_of(value)
  local kind = type(value)
  if kind == "number" then return is_integer(value) and "integer" or "number" end
  return kind ~= "table" and kind or class_of(value) or list_type(value) or "table"
end

-- What a field holds in live instances themselves: the types, and whether some hold nothing.
local function seen_in(instances, name)
  local kinds, has_gap = {}, false
  for i = 1, #instances < MOST_INSTANCES and #instances or MOST_INSTANCES do
    local value = rawget(instances[i], name)
    if value == nil then
      has_gap = true
    else
      kinds[type_of(value)] = true
    end
  end
  return kinds, has_gap
end

-- An empty list says less than one with something in it, and an integer is a number.
local function narrowed(kinds)
  local is_list = false
  for kind in next, kinds do is_list = is_list or sub(kind, -2) == "[]" end
  if is_list then kinds.table = nil end
  if kinds.number then kinds.integer = nil end
  return kinds
end

-- A field's type: of its default, and of what live instances hold where there is none.
local function field_type(default, instances, name)
  local kinds, has_gap = seen_in(instances, name)
  if rawequal(default, inits.EMPTY) then
    if next(kinds) == nil then return "any" end
    local text, n = joined(narrowed(kinds))
    return not has_gap and text or n == 1 and text .. "?" or text .. "|nil"
  end
  kinds[type_of(default)] = true
  return (joined(narrowed(kinds)))
end

local function parameters_of(f)
  local info, names = getinfo(f, "u"), {}
  for i = 1, info.nparams do names[i] = getlocal(f, i) or "arg" .. i end
  if info.isvararg then names[#names + 1] = "..." end
  return names
end

-- The kernel's functions have no names in them: of these a prototype has the `new` that it gets if it brings none.
local function is_guests(f)
  local source = getinfo(f, "S").source
  return source ~= "=?" and source ~= "=kernel"
end

local function is_named(key) return type(key) == "string" and find(key, "^[%a_][%w_]*$") and sub(key, 1, 2) ~= "__" end

local function by_name(a, b) return a.name < b.name end

local function fields_of(prototype, stored)
  local out, instances = {}, families.list(prototype, true)
  local defaults = {}
  for name, value in next, prototype do
    if type(value) ~= "function" then defaults[name] = value end
  end
  for name, value in next, stored do defaults[name] = value end
  defaults.type = nil
  for name, value in next, defaults do
    if is_named(name) then out[#out + 1] = { name = name, type = field_type(value, instances, name) } end
  end
  sort(out, by_name)
  return out
end

local function methods_of(prototype)
  local out = {}
  for name, value in next, prototype do
    if is_named(name) and type(value) == "function" then
      out[#out + 1] = { name = name, parameters = is_guests(value) and parameters_of(value) or { "self", "instance" } }
    end
  end
  sort(out, by_name)
  return out
end

-- The name of what a prototype inherits from, false for nothing that is registered.
local function base_of(prototype)
  local parent = families.parent_of(prototype)
  return parent and class_of(parent) or false
end

---Answers all prototypes of the session, sorted by name, each with its base, module, fields and methods.
function M.list()
  local out = {}
  for name, prototype in next, prototypes.by_name do
    local record = prototypes.records[prototype]
    out[#out + 1] = {
      name = name, base = base_of(prototype), module = record.module or false,
      fields = fields_of(prototype, record.stored), methods = methods_of(prototype),
    }
  end
  sort(out, by_name)
  return out
end

return M
