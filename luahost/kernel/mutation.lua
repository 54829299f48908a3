-- mutation: brings live instances to the new shape of their prototypes, a step at a time, base before derived.
--
-- While `mutate`s run, the fields of queued prototypes read as before the step and the methods are the new ones, so that
-- `self.name = self.name or self.fullName` does what it says. A step that fails for some instances stays pending for them.
local K = ...
local prototypes, instances, families, shadows, errors = K.prototypes, K.instances, K.families, K.shadows, K.errors
local records, queue, queued, pending = prototypes.records, prototypes.queue, prototypes.queued, prototypes.pending
local EMPTY = K.inits.EMPTY
local next, rawequal, pcall, xpcall, error = next, rawequal, pcall, xpcall, error
local find, sort, insert, remove = string.find, table.sort, table.insert, table.remove
local handler = errors.handler
local M = {}

-- The pass that is running: { report, leavers, at, ended, undo, outer }. `at` is its step with the instances and which of them it has
-- `reached`, `ended` the record that every further instance fails with once a limit has ended the pass, `undo` the own fields of
-- instances as they were while one failure is to fail the whole load, `outer` the pass whose `mutate` loads code.
local pass

local function hide_all()
  local seen = {}
  for i = 1, #queue do
    local step = queue[i]
    if not seen[step.prototype] then shadows.hide(step) end
    seen[step.prototype] = true
  end
end

local function is_blocked(step)
  for i = 1, #queue do
    local other = queue[i].prototype
    if not rawequal(other, step.prototype) and families.derives(step.prototype, other) then return true end
  end
  return false
end

local function next_step()
  for i = 1, #queue do
    if not is_blocked(queue[i]) then return remove(queue, i) end
  end
  return remove(queue, 1)
end

-- Instances that an older step of the prototype still waits for are left to that one.
local function waiting_for(prototype, step)
  local out = step.left_out or {}
  for _, other in next, pending[prototype] or {} do
    if other ~= step then
      for instance in next, other.members do out[instance] = true end
    end
  end
  return out
end

-- A step that runs again reaches to now: newer ones leave its instances out.
local function leave_out(step, list, n)
  for i = 1, #queue do
    local newer = queue[i]
    if not newer.members and rawequal(newer.prototype, step.prototype) then
      newer.left_out = newer.left_out or instances.new_set()
      for j = 1, n do newer.left_out[list[j]] = true end
    end
  end
end

local function members_of(step)
  local list, n = {}, 0
  if step.members then
    for instance in next, step.members do
      n = n + 1
      list[n] = instance
    end
    return list, n
  end
  local waiting, age = waiting_for(step.prototype, step), step.age
  if next(waiting) == nil then waiting = nil end
  local counted = 0
  for _, set in next, step.family do
    local left = 0
    for instance, since in next, set do
      if since > age or waiting and waiting[instance] then
        left = left + 1
      else
        n = n + 1
        list[n] = instance
      end
    end
    families.counted[set], counted = n - counted + left, n
  end
  return list, n
end

local function hint(record, change)
  for field in next, change.added do
    if find(record.message, "'" .. field .. "'", 1, true) then
      record.message = record.message .. " (while mutate runs, the added field '" .. field
        .. "' reads as before; its new default is change.added." .. field .. ")"
      return
    end
  end
end

local function keep_own(instance)
  local undo = pass.undo
  undo[#undo + 1] = { instance, (K.fields.own(instance)) }
end

-- Puts own fields of instances back as they were before this pass (`on_mutate_error = "rollback"`).
local function put_back(undo)
  for i = #undo, 1, -1 do K.fields.put(undo[i][1], undo[i][2]) end
end

local function fail(step, instance, e, failed)
  local record = errors.ensure(e)
  hint(record, step.change)
  if pass.refusal then record.message = "mutate of " .. step.name .. ": " .. record.message .. pass.refusal end
  if pass.undo then errors.raise(record) end
  failed.members[instance] = true
  failed.errors[#failed.errors + 1] = record
end

-- The loop of a reload: a plain call an instance, protected as a whole, since protecting each costs as much as a small `mutate`.
-- How far it got stands under a number: looking up a name between two instances keeps the processor from reading ahead.
local function call_from(first, mutate)
  local at, undo, reached = pass.at, pass.undo, pass.at.reached
  local list, change, prototype = at.list, at.step.change, at.step.prototype
  for i = first, at.n do
    reached[1] = i
    local instance = list[i]
    if undo then keep_own(instance) end
    mutate(instance, change)
    if not records[prototype] then return end
  end
end

-- An instance whose call raises is left behind, and the loop goes on with the next one.
local function call_each(mutate)
  local at, reached = pass.at, pass.at.reached
  while reached[1] < at.n do
    reached[1] = reached[1] + 1
    local ok, e = xpcall(call_from, handler, reached[1], mutate)
    if ok then return end
    fail(at.step, at.list[reached[1]], e, at.failed)
    if not records[at.step.prototype] then return end
  end
end

-- Those that a limit left out fail without a call: they keep their data, and are tried again.
local function fail_each(from)
  local at, ended = pass.at, pass.ended
  for i = from, at.n do
    at.failed.members[at.list[i]] = true
    at.failed.errors[#at.failed.errors + 1] = ended
  end
end

local function set_pending(step, failed)
  local prototype = step.prototype
  local steps = pending[prototype] or {}
  for i = #steps, 1, -1 do
    if steps[i] == step then remove(steps, i) end
  end
  if next(failed.members) ~= nil and records[prototype] then
    step.members, step.errors, step.family = failed.members, failed.errors, nil
    insert(steps, step)
    sort(steps, function(a, b) return a.age < b.age end)
  end
  pending[prototype] = steps[1] and steps or nil
end

local function sorted(fields)
  local out = {}
  for field in next, fields do out[#out + 1] = field end
  sort(out)
  return out
end

local function failures_of(name, failed)
  local out, seen = {}, {}
  for _, record in next, failed.errors do
    local text = errors.text(record)
    local entry = seen[text]
    if not entry then
      entry = {
        type = name, message = record.message, file = record.file, line = record.line, version = record.version, instances = 0,
        kind = record.kind,
      }
      seen[text], out[#out + 1] = entry, entry
    end
    entry.instances = entry.instances + 1
  end
  return out
end

local function note(step, count, failed)
  local report, change = pass.report, step.change
  report.prototypes[#report.prototypes + 1] = {
    name = step.name, added = sorted(change.added), changed = sorted(change.changed), removed = sorted(change.removed),
    rebased = step.rebased or false, instances = count - #failed.errors,
  }
  report.instances = report.instances + count - #failed.errors
  for _, entry in next, failures_of(step.name, failed) do report.failures[#report.failures + 1] = entry end
end

-- Whether the step changes anything: a load may change a prototype and change it back.
local function is_needed(step)
  local change = step.change
  return step.rebased or step.members or next(change.added) ~= nil or next(change.changed) ~= nil or next(change.removed) ~= nil
end

-- What is left to do for a step when its instances have been called.
local function finish_step()
  local at, leavers = pass.at, pass.leavers
  local step, failed = at.step, at.failed
  shadows.show(step)
  step.is_running = nil
  set_pending(step, failed)
  note(step, at.n, failed)
  if next(step.change.removed) ~= nil then leavers[#leavers + 1] = { at.list, at.n, step.change.removed, failed.members } end
  pass.at = nil
  hide_all()
end

local function read_mutate(prototype) return prototype.mutate end

-- A strict `__index` raises for what isn't there.
local function mutate_of(prototype)
  local is_read, mutate = pcall(read_mutate, prototype)
  if is_read then return mutate end
  if mutate == errors.NO_MEMORY then error(mutate, 0) end
end

local function run(step)
  local prototype = step.prototype
  if queued[prototype] == step then queued[prototype] = nil end
  shadows.hide(step)
  if not records[prototype] or not is_needed(step) then return shadows.show(step) end
  step.is_running = true
  local list, n = members_of(step)
  if step.members then leave_out(step, list, n) end
  pass.at = { step = step, list = list, n = n, reached = { 0 }, failed = { members = instances.new_set(), errors = {} } }
  local mutate = not pass.ended and mutate_of(prototype)
  if pass.ended then fail_each(1) elseif mutate ~= nil then call_each(mutate) end
  finish_step()
end

local function finish_pass()
  while queue[1] do run(next_step()) end
  for _, leaver in next, pass.leavers do K.removals.remove(K.compat.unpack(leaver)) end
  local report = pass.report
  pass = pass.outer
  return report
end

---Queues the pending steps of `prototype` once more, ahead of newer ones: a module that declares it has run.
function M.again(prototype)
  local steps = pending[prototype]
  for i = #steps, 1, -1 do
    local step = steps[i]
    local is_queued = step.is_running or false
    for j = 1, #queue do is_queued = is_queued or queue[j] == step end
    if not is_queued then insert(queue, 1, step) end
  end
  K.turn.unsettled = true
end

---Processes the queue; answers the report: `prototypes`, `instances`, `failures`. With `strict`, the first failure raises; a
---text says in its message what that means.
function M.pass(strict)
  local report = { prototypes = {}, instances = 0, failures = {} }
  pass = { report = report, leavers = {}, undo = strict and {} or nil, outer = pass }
  pass.refusal = type(strict) == "string" and strict
  hide_all()
  return finish_pass()
end


---Ends the pass that a limit ended, without running anything of the guest: the instance that was being called fails, and those
---that were not reached with it; they stay pending. Answers the report.
function M.give_up()
  local report
  while pass do
    pass.ended = errors.new("limit", "a limit ended the turn in a mutate")
    if pass.at then
      fail_each(pass.at.reached[1] > 0 and pass.at.reached[1] or 1)
      finish_step()
    end
    report = finish_pass()
  end
  return report
end

---Answers the pass that is running, nil if none is.
function M.running() return pass end

---Ends passes that were left by an error, back to `outer`.
function M.abandon(outer)
  while pass and pass ~= outer do
    if pass.undo then put_back(pass.undo) end
    pass = pass.outer
  end
end

---Lists what instances have still to take: `{ type, message, file, line, instances }` each; `is_report`: with `version` and `kind`.
function M.list_pending(is_report)
  local out = {}
  for prototype, steps in next, pending do
    for _, step in next, steps do
      local failed = { errors = {} }
      for instance in next, step.members do failed.errors[#failed.errors + 1] = step.errors[1] end
      for _, entry in next, failures_of(records[prototype].name, failed) do
        if not is_report then entry.version, entry.kind = nil, nil end
        out[#out + 1] = entry
      end
    end
  end
  return out
end

---Logs the failures in a report.
function M.log(report)
  for _, failure in next, report.failures do
    K.logs.error(errors.new("error", "mutate of " .. failure.type .. ": " .. failure.message, failure.file, failure.line))
  end
end

return M
