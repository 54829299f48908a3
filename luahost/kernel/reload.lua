-- reload: runs changed modules again in the live VM. Tables keep their identity.
local K, host = ...
local modules, written, ownership, timers, hooks = K.modules, K.written, K.ownership, K.timers, K.hooks
local errors, tables = K.errors, K.tables
local by_key = modules.by_key
local next, type, rawget, rawset = next, type, rawget, rawset
local ASSIGNS = K.ops.assigns
local M = {}

local runs -- what ran in this reload: { record, old written, old version, ... } in order
local known -- the modules that were there before it, by key
local notes -- sentences on what was kept
local versions -- of the files that have changed, by key; what runs again because it lies over them runs the one that it has
local codes -- bytecode of some of these, by key
local generation = 0 -- how many have been applied
local failed -- the error of a module that ran within another one, which may have caught it

local function note(...) notes[#notes + 1] = string.format(...) end

-- Uncovers what the planned modules lie over, the topmost first, so that wrappers wrap what was there before them.
local function put_back(due)
  local all = modules.order
  for i = #all, 1, -1 do
    if due[all[i]] then by_key[all[i]].taken = ownership.uncover(by_key[all[i]]) end
  end
end

local function read(key, version)
  local chunk = codes[key] and K.compat.load(codes[key], "@" .. key, K.env)
  if chunk then return chunk, version end
  return modules.read(key, version)
end

-- What it puts into `package.loaded` stands for what it answers, as in a first load. Until then the old table is what others get.
local function answer(record, chunk)
  record.runs_again, record.put = true, nil
  local value = modules.run(record, chunk)
  K.plan.place(record.key, record.run, known)
  if value == nil then value = record.put end
  record.runs_again, record.put = nil, nil
  if value == nil then return true end
  return value
end

local function run_again(key)
  local record = by_key[key]
  modules.due[key] = nil
  local chunk, version = read(key, versions[key] or record.version)
  local run = {
    record = record, written = record.written, version = record.version, declared = record.declared, taken = record.taken,
  }
  runs[#runs + 1] = run
  record.written, record.requires, record.version, record.taken = {}, {}, version, nil
  local value = answer(record, chunk)
  record.value, run.note = tables.follow(record, value)
  written.note(record, true)
  tables.repoint(record, value)
  timers.renew(key, record.run)
  hooks.renew(key, record.run)
  if rawget(K, "observers") then K.observers.renew(key, record.run) end
  if run.note then note("%s", run.note) end
end

-- A module of the plan was required by another one before its turn came.
local function run_due(key)
  local record = by_key[key]
  local ok, e = xpcall(run_again, errors.handler, key)
  if not ok then
    failed = failed or errors.ensure(e)
    errors.raise(failed)
  end
  return record.value
end

local function note_registrations(run, what, registry)
  for name, entry in next, registry do
    if entry.module == run.record.key and entry.run ~= run.record.run then
      note("%s: the %s '%s' is no longer registered; it stays until the module is unloaded", run.record.key, what, name)
    end
  end
end

local function is_assigned(name)
  for key, record in next, by_key do
    if host(ASSIGNS, key, name, record.version) then return true end
  end
  return false
end

local function note_kept(run)
  local key = run.record.key
  for prototype in next, run.declared do
    local record = K.prototypes.records[prototype]
    if record and record.module == key and not run.record.declared[prototype] then
      note("%s: prototype '%s' is no longer declared; it stays until session:removePrototype(\"%s\")", key, record.name, record.name)
    end
  end
  note_registrations(run, "presenter", K.ui.presenters)
  note_registrations(run, "wrapper", K.ui.wrappers)
  note_registrations(run, "view definition", K.ui.view_definitions)
  for name in next, run.record.globals or {} do
    if rawget(K.env, name) ~= nil and not is_assigned(name) then
      note("%s: global '%s' is no longer assigned; it keeps its value", key, name)
      run.record.globals[name] = nil
    end
  end
end

-- A module that ran, or came with one, has written what others, which are not in the plan, lie over: answers the keys of all that must
-- run together.
local function overlooked()
  local due, keys = {}, {}
  for key, record in next, by_key do due[key] = known[key] ~= record or nil end
  for _, run in next, runs do due[run.record.key], known[run.record.key] = true, by_key[run.record.key] end
  K.plan.add_overlying(due)
  for key in next, due do
    if known[key] == by_key[key] then keys[#keys + 1] = key end
  end
  return #keys > #runs and keys or nil
end

local function run_modules(plan, keys)
  runs, notes, failed, known = {}, {}, nil, {}
  rawset(K.session, "reloading", true)
  K.seen.pass_over(K.loads.open.kept, K.loads.open.containers)
  written.is_stale = false
  if plan.prepare then plan.prepare() end
  for _, move in next, plan.moves do keys[#keys + 1] = K.links.follow(move) end
  for _, key in next, plan.gone do K.unloading.unload(key) end
  for key, record in next, by_key do known[key] = record end
  local order, due = K.plan.make(keys, plan.cascade)
  put_back(due)
  modules.due, modules.run_due = due, run_due
  for i = 1, #order do
    if due[order[i]] then run_again(order[i]) end
    if failed then errors.raise(failed) end
  end
  modules.due = nil
end

local function run_plan(plan)
  if plan.keep then K.undo.keep(plan.keep) end
  local keys = plan.keys
  while keys do
    run_modules(plan, keys)
    keys = overlooked()
    if keys then K.recovery.restart() end
  end
  K.settlement.settle(runs, note)
  for _, run in next, runs do note_kept(run) end
  if plan.conclude then plan.conclude(note) end
end

---Makes the report of the load that stands, whose mutations `untold` has; once more, if a limit ended this.
function M.tell()
  local report = M.untold
  rawset(K.session, "reloading", false)
  report.generation, report.kept, report.modules = generation + 1, notes, {}
  for i, run in next, runs do report.modules[i] = run.record.key end
  report.pending = K.mutation.list_pending(true)
  if rawget(K, "undo") then K.undo.stand(report) end
  generation, M.report, M.untold, runs, notes = generation + 1, report, nil, nil, nil
  rawset(K.session, "generation", generation)
end

-- A module whose file is gone declares nothing any more: its prototypes may move to another one.
local function mark_missing(missing)
  for _, key in next, missing or {} do
    if by_key[key] then by_key[key].declared = {} end
  end
end

-- The loaded modules that run another version than the host's, and the gone ones that are loaded.
local function concerned(request)
  local keys, gone = {}, {}
  mark_missing(request.missing)
  for key, version in next, request.versions do
    if by_key[key] and by_key[key].version ~= version then keys[#keys + 1] = key end
  end
  for _, key in next, request.gone or {} do
    if by_key[key] then gone[#gone + 1] = key end
  end
  return keys, gone
end

-- The host is told what the kernel knows, whatever a hook does to the report that it is given.
local function copied(v)
  if type(v) ~= "table" then return v end
  local out = {}
  for k, part in next, v do out[k] = copied(part) end
  return out
end

---Carries a plan out as one transaction and answers its report. plan: `versions` of the files to run and `codes` of some of them, by
---key; `keys` that run, `gone` to be unloaded, `moves`, `cascade`, `strict`; `keep`, what undoing it needs; `prepare()`, before
---anything runs, and `conclude(note)`, before the mutations.
function M.carry_out(plan)
  local function done(mutations)
    M.untold = mutations or { prototypes = {}, instances = 0, failures = {} }
    M.tell()
  end
  versions, codes = plan.versions, plan.codes or {}
  K.wholes.run({ strict = plan.strict, on_done = done }, run_plan, plan)
  if next(hooks.by_id) ~= nil then hooks.call("onReload", copied(M.report)) end
  return M.report
end

---Reloads what differs and answers the report, nil if nothing does.
---The request, packed, without what is false or empty in it: `versions` (key -> version), `codes` (key -> bytecode; what isn't there
---is asked for), `missing` (keys of deleted files), `gone` (those of them to unload), `relinked` (names may mean other files),
---`cascade`, `strict` (a failing `mutate` fails the reload), `keep` (see `undo`); or `undo`, the number of the reload to undo.
function M.reload(bytes)
  local request = K.decoder.unpack(bytes)
  request.versions = request.versions or {}
  if request.undo then return K.undo.run(request) end
  local keys, gone = concerned(request)
  local moves = request.relinked and K.links.moved() or {}
  if not keys[1] and not gone[1] and not moves[1] then return nil end
  return M.carry_out({
    keys = keys, gone = gone, moves = moves, versions = request.versions, codes = request.codes, cascade = request.cascade,
    strict = request.strict, keep = request.keep,
  })
end

return M
