-- reload: runs changed modules again in the live VM. Tables keep their identity; what a file no longer writes goes.
local K, host = ...
local modules, written, ownership, timers, hooks = K.modules, K.written, K.ownership, K.timers, K.hooks
local errors, tables = K.errors, K.tables
local by_key = modules.by_key
local next, type, rawget, rawset = next, type, rawget, rawset
local getinfo = K.compat.getinfo
local STANDS, ASSIGNS, MENTIONS = K.ops.stands, K.ops.assigns, K.ops.mentions
local M = {}

local runs -- what ran in this reload: { record, old written, old version, ... } in order
local notes -- sentences on what was kept
local versions -- of the files that have changed, by key; what runs again because it lies over them runs the one that it has
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

local function run_again(key)
  local record = by_key[key]
  modules.due[key] = nil
  local chunk, version = modules.read(key, versions[key] or record.version)
  local run = {
    record = record, written = record.written, version = record.version, declared = record.declared, taken = record.taken,
  }
  runs[#runs + 1] = run
  record.written, record.requires, record.version, record.taken = {}, {}, version, nil
  local value = modules.run(record, chunk, key)
  if value == nil then value = true end
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
  local ok, e = xpcall(run_again, errors.handler, key)
  if not ok then
    failed = failed or errors.ensure(e)
    errors.raise(failed)
  end
  return by_key[key].value
end

-- The version of the text that `f` was written in: it may have been kept over several runs.
local function version_of(run, f)
  local record = run.record
  record.since = record.since or setmetatable({}, { __mode = "k" })
  record.since[f] = record.since[f] or run.version
  return record.since[f]
end

-- The lines of `f` stand in the new text: it was behind a guard, and stays.
local function stands(run, f, version)
  local record, info = run.record, getinfo(f, "S")
  return host(STANDS, record.key, version, record.version, info.linedefined, info.lastlinedefined)
end

-- A prototype whose declaration was dropped, and that nobody else declares, keeps all it has.
local function is_left_alone(run, container)
  local record = K.prototypes.records[container]
  return record and record.module == run.record.key and not run.record.declared[container]
end

local function keep(run, container, k, v)
  local entries = run.record.written[container] or {}
  run.record.written[container] = entries
  entries[k] = v
  rawset(container, k, v)
  ownership.saw(container, k)
end

local function drop(run, container, k)
  rawset(container, k, ownership.under(run.record, container, k))
  ownership.saw(container, k)
end

-- Decides on one entry that the run before had written; answers the function that replaced it.
local function settle(run, container, k, old)
  local new = run.record.written[container] and run.record.written[container][k]
  if new ~= nil and new ~= old then return new end
  local now = rawget(container, k)
  local was_taken = run.taken[container] and run.taken[container][k]
  if was_taken and now ~= ownership.under(run.record, container, k) then return nil end
  if now ~= old and not was_taken then return nil end
  if type(old) ~= "function" then return nil end
  local version = version_of(run, old)
  if is_left_alone(run, container) or stands(run, old, version) then keep(run, container, k, old) else drop(run, container, k) end
end

-- What was borrowed from another file stays; with a note, where the file names it no more.
local function settle_borrowed(run, container, k, f)
  local record, now = run.record, rawget(container, k)
  local was_taken = run.taken[container] and run.taken[container][k]
  local is_the_guests = getinfo(f, "S").source:sub(1, 1) == "@"
  if record.written[container] and record.written[container][k] ~= nil or not (is_the_guests or was_taken) then return end
  if now ~= f and not (was_taken and now == ownership.under(record, container, k)) then return end
  keep(run, container, k, f)
  if not is_the_guests or type(k) ~= "string" or host(MENTIONS, record.key, k) then return end
  record.written[container][k] = nil
  note("%s: '%s' holds a function of another file and is no longer written; it stays", record.key, k)
end

local function collect_replaced(replaced)
  for _, run in next, runs do
    for container, entries in next, run.written do
      for k, old in next, entries do
        if written.is_own(run.record, old) then
          local new = settle(run, container, k, old)
          if type(old) == "function" and type(new) == "function" then replaced[old] = new end
        else
          settle_borrowed(run, container, k, old)
        end
      end
    end
  end
  return replaced
end

-- Every other entry that held a function which has been replaced gets the new one.
local function spread(replaced)
  if next(replaced) == nil then return end
  for container in next, written.seen do -- all of them: the run has just been noted
    for k, v in next, container do
      local new = replaced[v]
      if new then
        rawset(container, k, new)
        ownership.saw(container, k)
      end
    end
  end
end

local function note_registrations(run, what, registry)
  for name, entry in next, registry do
    if entry.module == run.record.key and entry.run ~= run.record.run then
      note("%s: the %s '%s' is no longer registered; it stays until the module is unloaded", run.record.key, what, name)
    end
  end
end

local function is_assigned(name)
  for key in next, by_key do
    if host(ASSIGNS, key, name) then return true end
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
  for name in next, run.record.globals or {} do
    if rawget(K.env, name) ~= nil and not is_assigned(name) then
      note("%s: global '%s' is no longer assigned; it keeps its value", key, name)
      run.record.globals[name] = nil
    end
  end
end

-- A module has written what others, which are not in the plan, lie over: answers the keys of all that must run together.
local function overlooked()
  local due, keys = {}, {}
  for _, run in next, runs do due[run.record.key] = true end
  K.plan.add_overlying(due)
  for key in next, due do keys[#keys + 1] = key end
  return #keys > #runs and keys or nil
end

local function run_modules(keys, gone, moves, cascade)
  runs, notes, failed = {}, {}, nil
  written.pass_over(K.loads.open.containers)
  for _, move in next, moves do keys[#keys + 1] = K.links.follow(move) end
  for _, key in next, gone do K.unloading.unload(key) end
  local order, due = K.plan.make(keys, cascade)
  put_back(due)
  modules.due, modules.run_due = due, run_due
  for i = 1, #order do
    if due[order[i]] then run_again(order[i]) end
    if failed then errors.raise(failed) end
  end
  modules.due = nil
end

local function run_plan(keys, gone, moves, cascade)
  while keys do
    run_modules(keys, gone, moves, cascade)
    keys = overlooked()
    if keys then K.recovery.restart() end
  end
  spread(collect_replaced({}))
  for _, run in next, runs do note_kept(run) end
end

---Makes the report of the load that stands, whose mutations `untold` has; once more, if a limit ended this.
function M.tell()
  local report = M.untold
  K.session.reloading = false
  report.generation, report.kept, report.modules = generation + 1, notes, {}
  for i, run in next, runs do report.modules[i] = run.record.key end
  report.pending = K.mutation.list_pending()
  generation, M.report, M.untold, runs, notes = generation + 1, report, nil, nil, nil
  K.session.generation = generation
end

-- A module whose file is gone declares nothing any more: its prototypes may move to another one.
local function mark_missing(missing)
  for _, key in next, missing do
    if by_key[key] then by_key[key].declared = {} end
  end
end

-- The loaded modules that run another version than the host's, and the gone ones that are loaded.
local function concerned(request)
  local keys, gone = {}, {}
  versions = request.versions
  mark_missing(request.missing)
  for key, version in next, versions do
    if by_key[key] and by_key[key].version ~= version then keys[#keys + 1] = key end
  end
  for _, key in next, request.gone do
    if by_key[key] then gone[#gone + 1] = key end
  end
  return keys, gone
end

---Reloads what differs as one transaction and answers the report, nil if nothing does.
---request: `versions` (key -> version), `missing` (keys of deleted files), `gone` (those of them to unload), `relinked` (a link
---or folder changed: names may mean other files), `cascade`, `strict` (a failing `mutate` fails
---the reload).
function M.run(request)
  local keys, gone = concerned(request)
  local moves = request.relinked and K.links.moved() or {}
  if not keys[1] and not gone[1] and not moves[1] then return nil end
  local function done(mutations)
    M.untold = mutations or { prototypes = {}, instances = 0, failures = {} }
    M.tell()
  end
  K.session.reloading = true
  K.loads.whole({ strict = request.strict, on_done = done }, run_plan, keys, gone, moves, request.cascade)
  hooks.call("onReload", M.report)
  return M.report
end

return M
