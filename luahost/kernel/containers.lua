-- containers: the tables that code is written into: prototypes, module tables, `session`, `_G`, plain tables that a global names.
local K = ...
local next, type, getmetatable, rawequal = next, type, getmetatable, rawequal
local M = {}

local MAX_ENTRIES = 1000

local function is_small(t)
  local count = 0
  for _ in next, t do
    count = count + 1
    if count > MAX_ENTRIES then return false end
  end
  return true
end

---Answers whether `t` is a live object of the application: a prototype, or a table that has one as its metatable.
function M.is_live(t)
  local records, meta = K.prototypes.records, getmetatable(t)
  return records[t] ~= nil or (meta ~= nil and records[meta] ~= nil)
end

local given -- tables that a session's globals name from the start: libraries, `ui`, …

---Answers these tables as a set.
function M.given()
  if not given then
    local at_start = K.written.base[K.env]
    given = { [at_start.session] = true, [at_start.EMPTY] = true, [at_start.ui] = true }
    for _, library in next, K.libraries do given[library] = true end
  end
  return given
end

---Answers whether a global that holds `t` makes it a container: plain data or functions, nothing with a life of its own.
local function is_named(t)
  return getmetatable(t) == nil and K.prototypes.records[t] == nil and not M.given()[t] and is_small(t)
end

---Calls `visit(table)` for each plain table that a global names.
function M.each_named(visit)
  local named, n = {}, 0
  local at_start, is_given = K.written.base[K.env], M.given()
  for k, v in next, K.env do
    local was = at_start[k]
    -- Two tables are compared raw, since a guest's __eq must not run here; what is no table has none, and costs no call.
    local is_new
    if was ~= nil and is_given[was] then is_new = not rawequal(was, v) else is_new = was ~= v end
    if is_new and type(v) == "table" and is_named(v) then
      n = n + 1
      named[n] = v
    end
  end
  for i = 1, n do visit(named[i]) end
end

---Answers all containers, each once, as a list.
function M.all()
  local out, seen = { K.session, K.env }, { [K.session] = true, [K.env] = true }
  local function add(t)
    if not seen[t] then
      seen[t], out[#out + 1] = true, t
    end
  end
  for prototype in next, K.prototypes.records do add(prototype) end
  for _, record in next, K.modules.by_key do
    if type(record.value) == "table" and not M.is_live(record.value) then add(record.value) end
  end
  M.each_named(add)
  return out
end

return M
