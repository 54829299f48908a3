-- inventory: all containers, and what a module's run wrote where a quick look doesn't find it.
local K = ...
local containers, written, modules = K.containers, K.written, K.modules
local look, look_beyond_start = written.look, written.look_beyond_start
local next, type = next, type
local M = {}

---Answers the plain tables that globals name; `list` has a copy of `_G` at `at` (see `copies`).
function M.named(list, at)
  local named = {}
  for i = at + 3, list[at + 2], 2 do
    if containers.is_named(list[i + 1]) then named[#named + 1] = list[i + 1] end
  end
  return named
end

---Answers all containers, each once, as a list that begins with `session` and `_G`; `named` are those that only globals name.
function M.all(named)
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
  for i = 1, #named do add(named[i]) end
  return out
end

---Notes what appeared in `session` and `_G` so far, before another module runs within the current one.
function M.flush()
  local record = modules.by_key[modules.current]
  if record then
    look_beyond_start(record, K.session)
    look_beyond_start(record, K.env)
  elseif not K.loads.has_run then
    K.seen.catch_up()
    K.seen.pass_over_shared()
  end
end

---Looks at all containers, not only at those that a run is likely to have touched.
function M.look_everywhere(record)
  local named = {}
  look_beyond_start(record, K.session)
  look_beyond_start(record, K.env, named)
  local all = M.all(named)
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
