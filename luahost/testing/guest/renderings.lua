-- renderings: values as a spec's failure shows them, on one line.
local K = ...
local type, next, rawget, rawequal, tostring, pcall = type, next, rawget, rawequal, tostring, pcall
local getmetatable = getmetatable
local format, gsub, find, sub, byte = string.format, string.gsub, string.find, string.sub, string.byte
local sort, concat = table.sort, table.concat
local M = {}

local MOST_ENTRIES, MOST_DEPTH, MOST_TEXT = 20, 4, 200
local RANK = { number = 1, string = 2, boolean = 3 }
local ESCAPES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ['"'] = '\\"', ["\\"] = "\\\\" }

local function escaped(c) return ESCAPES[c] or format("\\%03d", byte(c)) end

local function text_of(s)
  local more = #s > MOST_TEXT and #s - MOST_TEXT or 0
  local shown = '"' .. gsub(more > 0 and sub(s, 1, MOST_TEXT) or s, '[%c"\\]', escaped) .. '"'
  return more > 0 and format("%s … %d bytes more", shown, more) or shown
end

local function is_before(a, b)
  local ra, rb = RANK[type(a)] or 4, RANK[type(b)] or 4
  if ra ~= rb then return ra < rb end
  if ra <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

---Answers the keys of one or two tables, each once: numbers, then texts, each in order.
function M.keys(a, b)
  local keys, seen = {}, {}
  for _, t in next, { a, b } do
    for key in next, t do
      if not seen[key] then
        keys[#keys + 1], seen[key] = key, true
      end
    end
  end
  sort(keys, is_before)
  return keys
end

---Answers how an entry under `key` is introduced: `name = `, `[1.5] = `; nothing at its `place` in a sequence, if that is given.
function M.label(key, place)
  if key == place then return "" end
  if type(key) == "string" and find(key, "^[%a_][%w_]*$") then return key .. " = " end
  return format("[%s] = ", M.short(key))
end

-- The name of the prototype that an instance is of, before its fields.
local function kind_of(t)
  local record = K.prototypes.records[getmetatable(t) or false]
  return record and record.name .. " " or ""
end
M.kind_of = kind_of

local function table_text(t, seen, depth)
  if seen[t] then return "<the table around it>" end
  if next(t) == nil then return kind_of(t) .. "{}" end
  if depth >= MOST_DEPTH then return kind_of(t) .. "{…}" end
  seen[t] = true
  local keys, out = M.keys(t), {}
  for i = 1, #keys do
    if i > MOST_ENTRIES then
      out[i] = format("… %d more", #keys - MOST_ENTRIES)
      break
    end
    out[i] = M.label(keys[i], i) .. M.short(rawget(t, keys[i]), seen, depth + 1)
  end
  seen[t] = nil
  return kind_of(t) .. "{" .. concat(out, ", ") .. "}"
end

---Answers a value on one line, long ones cut.
function M.short(value, seen, depth)
  local kind = type(value)
  if kind == "string" then return text_of(value) end
  if kind == "table" then
    if rawequal(value, K.inits.EMPTY) then return "EMPTY" end
    return table_text(value, seen or {}, depth or 0)
  end
  if kind == "function" or kind == "thread" or kind == "userdata" then return "<" .. kind .. ">" end
  local ok, text = pcall(tostring, value)
  return ok and text or kind
end

return M
