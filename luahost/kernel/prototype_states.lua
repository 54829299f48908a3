-- prototype_states: what a snapshot has of a prototype, and how the prototype of today comes from there.
--
-- Beside its name: its own fields that aren't code, the stored init, `given` (what its file's code had set when it had just
-- run), and the mutations that wait. All are taken up as if the prototype had lived on, and the file had just been saved.
local K = ...
local prototypes, inits, literals, instances = K.prototypes, K.inits, K.literals, K.instances
local records, by_name, pending, EMPTY = prototypes.records, prototypes.by_name, prototypes.pending, inits.EMPTY
local type, next, rawget, rawset, rawequal = type, next, rawget, rawset, rawequal
local getmetatable = K.compat.getmetatable
local sort = table.sort
local M = {}

local MOST_LOOKED_AT = 1000
local reserved = { type = true, __index = true, new = true }

local given = setmetatable({}, { __mode = "k" }) -- prototype -> field -> what the file's code set

local function is_known(meta) return meta == nil or records[meta] ~= nil end

-- Tables with functions in them, and such with metatables of their own, are code: the file makes them again.
local function is_code(v, left)
  if type(v) ~= "table" then return type(v) == "function" or type(v) == "thread" or type(v) == "userdata" end
  if records[v] or rawequal(v, EMPTY) or rawequal(v, K.session) then return false end
  if not is_known(getmetatable(v)) then return true end
  if getmetatable(v) ~= nil then return false end
  for _, item in next, v do
    left.count = left.count - 1
    if left.count < 0 then return false end
    if is_code(item, left) then return true end
  end
  return false
end

local function before(a, b)
  local x, y = type(a), type(b)
  if x ~= y then return x < y end
  return a < b
end

local function is_nameable(k) return type(k) == "string" and not reserved[k] or type(k) == "number" end

local function sorted_keys(t, is_wanted)
  local keys = {}
  for k, v in next, t do
    if is_nameable(k) and (not is_wanted or is_wanted(k, v)) then keys[#keys + 1] = k end
  end
  sort(keys, before)
  return keys
end

local function depth_of(prototype)
  local depth, record = 0, records[prototype]
  while record and record.base and depth < 100 do
    depth, record = depth + 1, records[record.base]
  end
  return depth
end

---Answers all prototypes, bases first, then by name.
function M.list()
  local out, depths = {}, {}
  for _, prototype in next, by_name do
    out[#out + 1], depths[prototype] = prototype, depth_of(prototype)
  end
  sort(out, function(a, b)
    if depths[a] ~= depths[b] then return depths[a] < depths[b] end
    return records[a].name < records[b].name
  end)
  return out
end

---Answers the transient fields of a prototype, its bases' too.
function M.transient_of(prototype)
  local all, out = K.root.transient or {}, {}
  local at, steps = prototype, 0
  while at and steps < 100 do
    for field in next, records[at] and all[records[at].name] or {} do out[field] = true end
    at, steps = K.families.parent_of(at), steps + 1
  end
  return out
end

---Remembers what the code of the files has set in prototypes: it has just run.
function M.note_given()
  for prototype, record in next, records do
    local fields = {}
    for k, v in next, prototype do
      local is_plain = type(v) ~= "table" or literals.is_literal(v, { count = 0 })
      if is_nameable(k) and type(v) ~= "function" and record.stored[k] == nil and is_plain then
        fields[k] = type(v) == "table" and literals.copy(v) or v
      end
    end
    given[prototype] = fields
  end
end

local function put_pairs(graph, out, t, keys, is_lenient)
  out[#out + 1] = graph.head(2 * #keys, 144, 220, 221)
  for i = 1, #keys do
    out[#out + 1] = graph.value(keys[i])
    out[#out + 1] = graph.value(t[keys[i]], is_lenient)
  end
end

---Answers the fields of a prototype that are its state, as keys.
function M.state_keys(prototype, transient)
  return sorted_keys(prototype, function(k, v) return not transient[k] and not is_code(v, { count = MOST_LOOKED_AT }) end)
end

-- Defaults that are literals are compared by what is in them; of any other table it counts only that it was one.
local function put_defaults(graph, out, t)
  local keys = sorted_keys(t)
  out[#out + 1] = graph.head(2 * #keys, 144, 220, 221)
  for i = 1, #keys do
    local v = t[keys[i]]
    local is_opaque = type(v) == "table" and not graph.is_reached(v) and not literals.is_literal(v, { count = 0 })
    out[#out + 1] = graph.value(keys[i])
    out[#out + 1] = is_opaque and graph.opaque() or graph.value(v, true)
  end
end

-- Only instances that are saved anyway.
local function put_members(graph, out, step)
  local order, members = graph.reached(), {}
  for i = 1, #order do
    if step.members[order[i]] then members[#members + 1] = graph.value(order[i]) end
  end
  out[#out + 1] = graph.head(#members, 144, 220, 221)
  for i = 1, #members do out[#out + 1] = members[i] end
end

local function put_steps(graph, out, prototype)
  local steps = pending[prototype] or {}
  out[#out + 1] = graph.head(#steps, 144, 220, 221)
  for i = 1, #steps do
    local step, e = steps[i], steps[i].errors[1] or {}
    out[#out + 1] = graph.value(step.rebased or false) .. graph.value(e.message) .. graph.value(e.file) .. graph.value(e.line)
    put_defaults(graph, out, step.from)
    put_defaults(graph, out, step.before)
    put_members(graph, out, step)
  end
end

---Lets the state of a prototype be reached by `graph`, as strictly as the roots.
function M.reach(graph, prototype, keys)
  for i = 1, #keys do graph.value(rawget(prototype, keys[i])) end
end

---Appends the state of a prototype to `out`.
function M.put(graph, out, prototype, keys)
  put_pairs(graph, out, prototype, keys)
  put_defaults(graph, out, records[prototype].stored)
  put_defaults(graph, out, given[prototype] or {})
  put_steps(graph, out, prototype)
end

local function read_pairs(reader)
  local out = {}
  for _ = 1, reader.list_head() / 2 do
    local k = reader.value()
    if not is_nameable(k) then reader.damaged("a field without a name") end
    out[k] = reader.value()
  end
  return out
end

local function read_step(reader, prototype)
  local step = { prototype = prototype, rebased = reader.value(), members = instances.new_set() }
  local record = { kind = "error", message = reader.text(true) or "mutate failed", file = reader.text(true), frames = {} }
  record.line = reader.value() or 0
  step.errors, step.from, step.before = { record }, read_pairs(reader), read_pairs(reader)
  for _ = 1, reader.list_head() do step.members[reader.value()] = true end
  return step
end

---Reads what `put` wrote of a prototype.
function M.read(reader, prototype)
  local state = { fields = read_pairs(reader), stored = read_pairs(reader), given = read_pairs(reader), steps = {} }
  for i = 1, reader.list_head() do state.steps[i] = read_step(reader, prototype) end
  return state
end

-- What the file declares now, as an init.
local function declared_now(prototype, record, state)
  local init = {}
  for k, v in next, record.stored do
    local live = rawget(prototype, k)
    init[k] = type(v) == "table" and not rawequal(v, EMPTY) and type(live) == "table" and live or v
  end
  for k in next, state.stored do
    if type(rawget(prototype, k)) == "function" then init[k] = rawget(prototype, k) end
  end
  return init
end

local function differ(a, b)
  local _, any = K.differences.difference({ a }, { b })
  return any
end

-- A field outside the init: the file's, if the file sets another value than it did; else what the session made of it.
local function put_field(prototype, state, k, v)
  local now, was = rawget(prototype, k), state.given[k]
  if type(now) == "function" then return end
  if now ~= nil and was ~= nil and differ(now, was) and records[prototype].stored[k] == nil then return end
  rawset(prototype, k, v)
end

local function put_declared(prototype, state)
  for k in next, records[prototype].stored do
    if state.stored[k] == nil then rawset(prototype, k, nil) end
  end
  for k, v in next, state.stored do
    local was, now = state.fields[k], rawget(prototype, k)
    local is_code_again = was == nil and not rawequal(v, EMPTY) and type(now) == "table"
    if not is_code_again then rawset(prototype, k, was) end
  end
end

local function put_steps_back(prototype, state)
  if not state.steps[1] then return end
  for i = 1, #state.steps do
    state.steps[i].name, state.steps[i].age = records[prototype].name, instances.next_age()
  end
  pending[prototype] = state.steps
end

---Lets a prototype be as it was when it was saved; answers what `renew` takes. One that was revived stays like that.
function M.put_back(prototype, state, base_name, is_revived)
  local record = records[prototype]
  local now = { init = is_revived and state.stored or declared_now(prototype, record, state), base = record.base }
  put_declared(prototype, state)
  for k, v in next, state.fields do
    if state.stored[k] == nil then put_field(prototype, state, k, v) end
  end
  record.stored = state.stored
  local base = by_name[base_name]
  if not rawequal(base, now.base) then
    record.base = base or false
    if base and not K.families.derives(base, prototype) then K.compat.setmetatable(prototype, base) end
  end
  put_steps_back(prototype, state)
  return now
end

---Declares a prototype again, the way its file does now: what differs is queued for its instances.
function M.renew(prototype, now)
  local current = K.modules.current
  K.modules.current = nil -- who owns it stays as it is
  K.redeclaration.declare(prototype, now.init, now.base)
  K.modules.current = current
end

---Registers a prototype that no file declares, with what is known of it: it was declared at a prompt.
function M.revive(name, base_name)
  local current = K.modules.current
  K.modules.current = nil
  local prototype = prototypes.declare(K.session, name, {}, by_name[base_name])
  K.modules.current = current
  return prototype
end

return M
