-- inventory: all containers, and what a module's run wrote where a quick look doesn't find it.
local K = ...
local containers, written, modules = K.containers, K.written, K.modules
local base, look, look_beyond_start = written.base, written.look, written.look_beyond_start
local next, type, rawequal = next, type, rawequal
local M = {}

local given -- tables that a session's globals name from the start: libraries, `ui`, …

---Answers these tables as a set.
function M.given()
  if not given then
    local at_start = base[K.env]
    given = { [at_start.session] = true, [at_start.EMPTY] = true, [at_start.ui] = true }
    for _, library in next, K.libraries do given[library] = true end
  end
  return given
end

---Calls `visit(table)` for each plain table that a global names.
function M.each_named(visit)
  local named, at_start = {}, base[K.env]
  for k, v in next, K.env do
    -- Compared raw, since a guest's __eq must not run here.
    if type(v) == "table" and not rawequal(at_start[k], v) and containers.is_named(v) then named[#named + 1] = v end
  end
  for i = 1, #named do visit(named[i]) end
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
  for _, record in next, modules.by_key do
    if type(record.value) == "table" and not containers.is_live(record.value) then add(record.value) end
  end
  M.each_named(add)
  return out
end

---Notes what appeared in `session` and `_G` so far, before another module runs within the current one.
function M.flush()
  local record = modules.by_key[modules.current]
  if record then
    look_beyond_start(record, K.session)
    look_beyond_start(record, K.env)
  elseif not K.loads.has_run then
    K.seen.pass_over_shared()
  end
end

---Looks at all containers, not only at those that a run is likely to have touched.
function M.look_everywhere(record)
  local all = M.all()
  -- The first two.
  look_beyond_start(record, K.session)
  look_beyond_start(record, K.env)
  for i = 3, #all do look(record, all[i]) end
  K.seen.prune(all)
end

---Notes what stands in the table that a module answered.
function M.look_at_value(record)
  if containers.is_live(record.value) then return end
  look(record, record.value)
  M.note_scalars(record, record.value)
end

---Remembers the plain values that a module's table was made with: a reload tells from them what the session changed.
function M.note_scalars(record, value)
  local scalars = {}
  for k, v in next, value do
    if type(v) ~= "table" and type(v) ~= "function" then scalars[k] = v end
  end
  record.scalars = scalars
end

return M
