-- depictions: what a chunk answers, for people to read. Plain data goes out as it is; of anything else a picture does, in which
-- every table says of which prototype it is, and what can't leave the session is named. No code of the guest runs for it.
local K = ...
local codec, inline = K.codec, K.inline
local type, next, rawget, rawlen, getmetatable, pcall, select = type, next, rawget, K.compat.rawlen, getmetatable, pcall, select
local sub, format = string.sub, string.format
local M = {}

local DEEPEST = 4
local MOST_ENTRIES, MOST_TABLES = 50, 500 -- of one table, and in the whole picture
local LONGEST = 1000

local function place_of(f)
  local info = K.compat.getinfo(f, "S")
  if info.what == "C" or sub(info.source, 1, 1) ~= "@" then return "function" end
  return format("function %s:%d", sub(info.source, 2), info.linedefined)
end

local function name_of(t)
  local records = K.prototypes.records
  if records[t] then return "prototype " .. records[t].name end
  local record = records[getmetatable(t) or false]
  return record and record.name or ""
end

local function mark(text) return { mark = text } end

local depict

local function depict_items(t, count, around)
  local items = {}
  for i = 1, count do items[i] = depict(rawget(t, i), around) end
  return items
end

local function is_item(key, count) return type(key) == "number" and key >= 1 and key <= count and key % 1 == 0 end

local function depict_entries(t, length, room, around)
  local entries, more = {}, 0
  for key, value in next, t do
    if not is_item(key, length) then
      if #entries < room then
        entries[#entries + 1] = { depict(key, around), depict(value, around) }
      else
        more = more + 1
      end
    end
  end
  return entries, more
end

local function depict_table(t, around)
  local name = name_of(t)
  if around[t] or around.depth >= DEEPEST or around.count >= MOST_TABLES then
    return mark((name ~= "" and name .. " " or "") .. (next(t) == nil and "{}" or "{…}"))
  end
  around[t], around.depth, around.count = true, around.depth + 1, around.count + 1
  local length = rawlen(t)
  local shown = length < MOST_ENTRIES and length or MOST_ENTRIES
  local items = depict_items(t, shown, around)
  local entries, more = depict_entries(t, length, MOST_ENTRIES - shown, around)
  around[t], around.depth = nil, around.depth - 1
  return { name = name, items = items, entries = entries, more = more + length - shown }
end

function depict(value, around)
  local kind = type(value)
  if kind == "table" then return depict_table(value, around) end
  if kind == "function" then return mark("<" .. place_of(value) .. ">") end
  if kind == "string" and #value > LONGEST then return { text = sub(value, 1, LONGEST), size = #value } end
  if kind == "boolean" or kind == "number" or kind == "string" then return value end
  if kind == "nil" then return mark("nil") end -- a hole in a list stays an item
  return mark("<" .. (kind == "thread" and "coroutine" or kind) .. ">")
end

local function answer(...)
  local count, values = select("#", ...), { ... }
  local ok, e = pcall(codec.pack_all, count, values)
  if ok then return false, ... end
  if type(e) ~= "table" or not e.conversion then return K.errors.raise(K.errors.ensure(e)) end
  local around = { depth = 0, count = 0 }
  for i = 1, count do values[i] = depict(values[i], around) end
  return true, K.compat.unpack(values, 1, count)
end

---Runs a chunk; answers whether what follows is a picture, and its values or their pictures.
function M.show(code, name) return answer(inline.eval(code, name)) end

return M
