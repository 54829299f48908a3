-- graph_writer: a graph of tables as bytes. Equal graphs give equal bytes, whatever the order in which they were filled.
--
-- The tables stand one after the other, in the order in which they are reached, and refer to each other by number: depth
-- costs nothing, and cycles and sharing are kept. Tables of one prototype with the same fields share a shape, which has the
-- names of these fields; a table is `[shape, length, items…, values of the fields…, key, value, …]`. All of it is msgpack.
local K = ...
local codec, is_integer = K.codec, K.numbers.is_integer
local pack_integer, pack_double, head = codec.pack_integer, codec.pack_double, codec.head
local type, next, error, getmetatable, rawget = type, next, error, debug.getmetatable, rawget
local char, find, gsub, floor = string.char, string.find, string.gsub, math.floor
local concat, sort, spack, math_type = table.concat, table.sort, string.pack, math.type
local M = {}

local TABLE, PROTOTYPE, MODULE, MARK = 1, 2, 3, 4
local EMPTY_MARK, SESSION_MARK, CODE_MARK, OPAQUE_MARK = 0, 1, 2, 3
local PIECES = 4096 -- so many pieces are joined at a time: they take far more room than the bytes that they make
local MOST_FIELDS = 64 -- a table with more is a dictionary, and has no shape
local LONG = 64 -- a string that is longer is not likely to come again
local MOST_TEXTS = 2000 -- so many strings are remembered: names of fields and states come early, and again and again

local smalls, shorts = {}, {} -- the bytes of small whole numbers; what stands before a short string, by its length
for n = -32, 127 do smalls[n] = char(n % 256) end
for n = 0, 31 do shorts[n] = char(160 + n) end

-- Valid UTF-8 byte by byte: overlong forms, halves of surrogate pairs and what lies beyond Unicode are none.
local forms = {
  "[\194-\223][\128-\191]", "\224[\160-\191][\128-\191]", "[\225-\236\238\239][\128-\191][\128-\191]",
  "\237[\128-\159][\128-\191]", "\240[\144-\191][\128-\191][\128-\191]", "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]",
}

local function is_utf8(s)
  if not find(s, "[\128-\255]") then return true end
  for i = 1, #forms do s = gsub(s, forms[i], ".") end
  return not find(s, "[\128-\255]")
end

local function size_of(n, short, mid, long)
  if n < 256 then return char(short, n) end
  if n < 65536 then return char(mid, floor(n / 256), n % 256) end
  return char(long, floor(n / 16777216), floor(n / 65536) % 256, floor(n / 256) % 256, n % 256)
end

local function pack_text(s)
  local n = #s
  if not is_utf8(s) then return size_of(n, 196, 197, 198) .. s end
  return (shorts[n] or size_of(n, 217, 218, 219)) .. s
end

local function pack_whole(n)
  if n >= 128 and n < 65536 then
    local low = n % 256
    return char(205, (n - low) / 256, low)
  end
  return smalls[n] or pack_integer(n)
end

local pack_float = spack and function(n) return spack(">Bd", 203, n) end
  or function(n) return "\203" .. pack_double(n) end

---Answers the bytes of a reference: `kind` and a number.
local function reference(kind, n)
  if n < 256 then return char(212, kind, n) end
  if n < 65536 then
    local low = n % 256
    return char(213, kind, (n - low) / 256, low)
  end
  return char(214, kind, floor(n / 16777216), floor(n / 65536) % 256, floor(n / 256) % 256, n % 256)
end

-- What is being written. `packed` has the bytes of strings, booleans and of references to what has been reached.
local packed, list, count, families, shapes, out, n, chunks, size, limit, at, lenient, texts, kin

local function flush()
  local chunk = concat(out, "", 1, n)
  size, n = size + #chunk, 0
  chunks[#chunks + 1] = chunk
  if size > limit then error({ too_large = size }, 0) end
end

local function refuse(what, value) error({ unstorable = what, table = at, value = value }, 0) end

-- A table of which nobody knows how to make it again.
local function refuse_foreign(t)
  if lenient then return reference(MARK, OPAQUE_MARK) end
  return refuse("a table whose metatable is no prototype of the session", t)
end

-- The bytes of a value that `packed` has not. Numbers never are in it: 1 and 1.0 are one key, and so are 0.0 and -0.0. Longer
-- than others, like `flow`: they are the loop of a save, where each call of a function shows.
local function pack(v)
  local kind = type(v)
  if kind == "number" then
    if math_type and math_type(v) ~= "integer" or not math_type and not is_integer(v) then return pack_float(v) end
    return smalls[v] or pack_whole(v)
  elseif kind == "string" then
    local length = #v
    local bytes = length < 32 and not find(v, "[\128-\255]") and shorts[length] .. v or pack_text(v)
    if texts < MOST_TEXTS and length <= LONG then
      packed[v], texts = bytes, texts + 1
    end
    return bytes
  elseif kind == "table" then
    local family = families[getmetatable(v) or families]
    if not family then return refuse_foreign(v) end
    count = count + 1
    list[count], kin[count] = v, family
    local bytes
    if count >= 256 and count < 65536 then
      local low = count % 256
      bytes = char(213, TABLE, (count - low) / 256, low)
    else
      bytes = reference(TABLE, count)
    end
    packed[v] = bytes
    return bytes
  elseif lenient and kind == "function" then
    return reference(MARK, CODE_MARK)
  end
  return refuse("a " .. kind, v)
end

local function add_shape(family, names)
  local parts, positions = { head(#names + 1, 144, 220, 221), pack_whole(family.index) }, {}
  for name in next, family.transient do positions[name] = false end
  for i = 1, #names do
    parts[i + 2], positions[names[i]] = packed[names[i]] or pack(names[i]), i
  end
  local signature = concat(parts)
  local shape = shapes[signature]
  if not shape then
    shape = { positions = positions, width = #names, number = pack_whole(#shapes) }
    shape.head = head(#names + 2, 144, 220, 221) .. shape.number .. "\0"
    shapes[#shapes + 1], shapes[signature] = signature, shape
  end
  return shape
end

local function length_of(t)
  local length = 0
  while rawget(t, length + 1) ~= nil do length = length + 1 end
  return length
end

-- Keys other than the fields and items: numbers, then booleans, then strings of dictionaries, then tables.
local ranks = { number = 1, boolean = 2, string = 3, table = 4 }
local function before(a, b)
  local x, y = type(a), type(b)
  if x ~= y then return ranks[x] < ranks[y] end
  if x == "boolean" then return b and not a end
  return a < b
end

local function sort_keys(keys, tables)
  sort(keys, before)
  for i = 1, #tables do keys[#keys + 1] = tables[i] end
  return keys
end

-- Answers the names of the fields, sorted, and the other keys; a key that is a table comes in the order of `next`.
local function keys_of(t, length, transient)
  local names, others, tables = {}, {}, {}
  for k in next, t do
    local kind = type(k)
    if not ranks[kind] then refuse("a " .. kind .. " as a key", k) end
    if kind == "string" then
      if not transient[k] then names[#names + 1] = k end
    elseif kind == "table" then
      tables[#tables + 1] = k
    elseif kind == "boolean" or not (k >= 1 and k <= length and k % 1 == 0) then
      others[#others + 1] = k
    end
  end
  if #names > MOST_FIELDS then
    for i = 1, #names do others[#others + 1] = names[i] end
    names = {}
  end
  sort(names)
  return names, sort_keys(others, tables)
end

local function put(v)
  n = n + 1
  out[n] = packed[v] or pack(v)
  if n > PIECES then flush() end
end

local function put_head(shape, length, rest)
  n = n + 1
  out[n] = head(2 + length + rest, 144, 220, 221) .. shape.number .. pack_whole(length)
end

local function write_any(t, family, length)
  local names, keys = keys_of(t, length, family.transient)
  local shape = add_shape(family, names)
  put_head(shape, length, #names + 2 * #keys)
  for i = 1, length do put(rawget(t, i)) end
  for i = 1, #names do put(rawget(t, names[i])) end
  for i = 1, #keys do
    put(keys[i])
    put(rawget(t, keys[i]))
  end
  return shape
end

local function write_items(t, family, length)
  family.plain = family.plain or add_shape(family, {})
  put_head(family.plain, length, 0)
  for i = 1, length do put(t[i]) end
end

local function has_items_only(t, length)
  local entries = 0
  for _ in next, t do entries = entries + 1 end
  return entries == length
end

local slots = {} -- the values of the fields, in their order, while a table is looked at

-- Any table that isn't like one that came before.
local function write_other(t, family, first)
  local length = first ~= nil and length_of(t) or 0
  if has_items_only(t, length) then return write_items(t, family, length) end
  family.shapes[first] = write_any(t, family, length)
end

local function new_family(index, transient) return { index = index, transient = transient or {}, shapes = {} } end

---Begins a graph. prototypes: a list of `{ prototype, transient = set of names or nil }`; modules: a list of tables that are
---referred to and not written; `most` bytes.
function M.begin(prototypes, modules, most)
  packed = { [true] = "\195", [false] = "\194" }
  packed[K.inits.EMPTY], packed[K.session] = reference(MARK, EMPTY_MARK), reference(MARK, SESSION_MARK)
  list, count, shapes, out, n, chunks, size, limit, texts, kin = {}, 0, {}, {}, 0, {}, 0, most, 0, {}
  families = {}
  families[families] = new_family(0) -- plain tables; the table itself stands for "no metatable"
  for i = 1, #prototypes do
    packed[prototypes[i][1]] = reference(PROTOTYPE, i)
    families[prototypes[i][1]] = new_family(i, prototypes[i].transient)
  end
  for i = 1, #modules do packed[modules[i]] = packed[modules[i]] or reference(MODULE, i) end
  M.written = 0
end

---Answers the bytes of a value; a table is reached, and written by `flow`. With `is_lenient`, code becomes a mark.
function M.value(v, is_lenient)
  lenient, at = is_lenient or false, nil
  return packed[v] or (v == nil and "\192") or pack(v)
end

---Answers the bytes of an opaque mark: a table that no default is compared with.
function M.opaque() return reference(MARK, OPAQUE_MARK) end

---Answers whether a table has been reached.
function M.is_reached(t) return packed[t] ~= nil end

---Writes what has been reached, and all that it reaches. Most tables have the shape of one that came before, and no items: one
---pass over a table tells. The first key in `next`'s order tells the shapes of a family apart well enough to find the likely one.
function M.flow(is_lenient)
  local slots, packed, list, kin = slots, packed, list, kin
  lenient = is_lenient or false
  while M.written < count do
    local number = M.written + 1
    local t, family = list[number], kin[number]
    M.written, at = number, t
    local first = next(t)
    local shape = first ~= nil and family.shapes[first]
    local hits, width = shape and 0, shape and shape.width
    if shape then
      local positions = shape.positions
      for k, v in next, t do
        local p = positions[k]
        if p then
          slots[p], hits = v, hits + 1
        elseif p == nil then
          width = -1 -- a key that the shape has not
          break
        end
      end
    end
    if shape and hits == width then
      local out, start = out, n + 1
      out[start] = shape.head
      for p = 1, width do
        local v = slots[p]
        out[start + p] = packed[v] or pack(v)
      end
      n = start + width
    else
      write_other(t, family, first)
    end
    if n > PIECES then flush() end
  end
end

---Ends the graph: answers the bytes of the shapes and of the tables.
function M.finish()
  flush()
  local all = head(#shapes, 144, 220, 221) .. concat(shapes)
  local tables = head(count, 144, 220, 221) .. concat(chunks)
  M.drop()
  return all, tables
end

---Answers the tables that were reached so far, in their order.
function M.reached() return list end

---Lets go of everything.
function M.drop()
  packed, list, kin, families, shapes, out, chunks, at = nil, nil, nil, nil, nil, nil, nil, nil
  for i = #slots, 1, -1 do slots[i] = nil end
end

M.head, M.whole = head, pack_whole

return M
