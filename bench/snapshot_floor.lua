-- A plain encoder of any graph of tables that writes the bytes of ours: it finds out what each table holds and where it has been
-- met before, and knows nothing of limits, of text that is no UTF-8, of keys that are no names, nor of what can't be kept.
local char, concat, sort, pack = string.char, table.concat, table.sort, string.pack
local math_type, floor = math.type, math.floor

local numbers, list, shapes, shape_list

local function head(n, short, mid)
  if n < 16 then return char(short + n) end
  return char(mid, floor(n / 256), n % 256)
end

local function whole(n)
  if n < 128 then return char(n) end
  return char(205, floor(n / 256), n % 256)
end

local function reference(n)
  if n < 256 then return char(212, 1, n) end
  return char(213, 1, floor(n / 256), n % 256)
end

local function value(v)
  local kind = type(v)
  if kind == "table" then
    if not numbers[v] then
      list[#list + 1] = v
      numbers[v] = #list
    end
    return reference(numbers[v])
  elseif kind == "string" then
    return char(160 + #v) .. v
  elseif kind == "number" then
    return math_type(v) == "integer" and whole(v) or pack(">Bd", 203, v)
  end
  return v and "\195" or "\194"
end

local function names_of(t)
  local names = {}
  for k in next, t do
    if type(k) == "string" then names[#names + 1] = k end
  end
  sort(names)
  return names
end

-- `index`: which prototype it is of, 0 for none.
local function shape_of(index, names)
  local parts = { head(#names + 1, 144, 220), whole(index) }
  for i = 1, #names do parts[i + 2] = value(names[i]) end
  local signature = concat(parts)
  if not shapes[signature] then
    shape_list[#shape_list + 1] = signature
    shapes[signature] = #shape_list - 1
  end
  return shapes[signature]
end

local function write_table(t, out)
  local names = names_of(t)
  local shape = shape_of(getmetatable(t) == P and 1 or 0, names)
  out[#out + 1] = head(2 + #t + #names, 144, 220) .. whole(shape) .. whole(#t)
  for i = 1, #t do out[#out + 1] = value(t[i]) end
  for i = 1, #names do out[#out + 1] = value(t[names[i]]) end
end

---Answers the bytes of the shapes and of the tables.
function write_floor(root)
  numbers, list, shapes, shape_list = {}, {}, {}, {}
  value(root)
  local out, at = {}, 0
  while at < #list do
    at = at + 1
    write_table(list[at], out)
  end
  return head(#shape_list, 144, 220) .. concat(shape_list) .. head(#list, 144, 220) .. concat(out)
end
