-- undo: takes the last reload back, as a reload: the texts that ran before it run again, and instances have the fields of their own
-- that they had then. Of a session whose host wants that, it is kept at the begin of each reload what that needs; one step.
--
-- Instances that were there then aren't called with `mutate`: they get their fields. Those made since are, as in any reload.
local K, host = ...
local modules, prototypes, instances, errors, fields = K.modules, K.prototypes, K.instances, K.errors, K.fields
local by_key, order, aliases = modules.by_key, modules.order, modules.aliases
local by_name, records, queue, pending = prototypes.by_name, prototypes.records, prototypes.queue, prototypes.pending
local next, pcall, error, format, remove = next, pcall, error, string.format, table.remove
local CHUNK = K.ops.chunk
local M = {}

local step -- what the last reload that stands is taken back to
local candidate -- what the reload that runs would be
local undone -- the step that is being taken back
local present -- instance -> the fields that it had until they were put back
local count = 0 -- how many instances that were

local function copy(entries)
  local out = {}
  for k, v in next, entries do out[k] = v end
  return out
end

local function copy_set(set)
  local out = instances.new_set()
  for instance in next, set do out[instance] = true end
  return out
end

-- Mutations that waited: a step of them changes when it runs.
local function copy_pending()
  local out = {}
  for prototype, steps in next, pending do
    local list = {}
    for i, waiting in next, steps do
      list[i] = { step = waiting, members = copy_set(waiting.members), errors = waiting.errors, before = copy(waiting.before) }
    end
    out[prototype] = list
  end
  return out
end

local function versions_of(loaded)
  local out = {}
  for key, record in next, loaded do out[key] = record.version end
  return out
end

-- Where memory runs out, only the copies are missing.
local function copy_fields(most)
  local is_done, copies = pcall(fields.all, most)
  if not is_done and copies ~= errors.NO_MEMORY then error(copies, 0) end
  return is_done and copies or nil
end

---Keeps what undoing the reload that begins will need. keep: `number` of the reload, `bytes` that copies may take.
function M.keep(keep)
  -- LuaJIT has no ephemerons: what one step holds on to would be in the next.
  if jit then
    step = nil
    collectgarbage()
  end
  candidate = {
    number = keep.number, loaded = copy(by_key), versions = versions_of(by_key), aliases = copy(aliases), pending = copy_pending(),
    by_name = copy(by_name), records = copy(records), sets = copy(instances.sets), copies = copy_fields(keep.bytes),
  }
end

-- What the reload has loaded first, unloaded, and followed to another file: names, old and new keys.
local function compare(before)
  local new, moves, moved = {}, {}, {}
  for name, key in next, before.aliases do
    local now = aliases[name]
    if now and now ~= key and not by_key[key] and not before.loaded[now] then
      moves[#moves + 1], moved[now], moved[key] = { name, now, key }, true, true
    end
  end
  for key in next, by_key do
    if not before.loaded[key] and not moved[key] then new[#new + 1] = key end
  end
  before.new, before.moves, before.gone, before.removed = new, moves, {}, {}
  for name, prototype in next, before.by_name do
    if not records[prototype] then before.removed[name] = prototype end
  end
  for key in next, before.loaded do
    if not by_key[key] and not moved[key] then before.gone[#before.gone + 1] = key end
  end
end

---Notes that the reload stands, and that it can be undone or was undoing one; completes its report.
function M.stand(report)
  if undone then
    report.undone, report.instances = true, report.instances + count
    step, undone, present, count = nil, nil, nil, 0
  elseif candidate then
    compare(candidate)
    step, candidate = candidate, nil
  end
end

---Puts back what a reload that failed has put back.
function M.take_back()
  if present then fields.put_all(present) end
  candidate, undone, present, count = nil, nil, nil, 0
end

-- The host hands out the text of today where it has forgotten that of then.
local function check(key)
  local version = step.versions[key]
  local _, got = host(CHUNK, key, version)
  if got ~= version then
    errors.fail("error", format("%s: can't be undone: the text from before is no longer kept; undo it in the file", key))
  end
end

-- Answers the keys that run another text than before, or not at all any more.
local function differing()
  local keys = copy(step.gone)
  for key, version in next, step.versions do
    if by_key[key] and by_key[key].version ~= version then keys[#keys + 1] = key end
  end
  for i = 1, #keys do check(keys[i]) end
  for i = 1, #step.moves do check(step.moves[i][3]) end
  return keys
end

-- Prototypes that the reload took out are there again, with their instances.
local function register_again()
  for name, prototype in next, undone.removed do
    if by_name[name] == nil and records[prototype] == nil then
      by_name[name], records[prototype], instances.sets[prototype] = prototype, undone.records[prototype], undone.sets[prototype]
    end
  end
end

-- Modules that the reload unloaded are there again, and run.
local function bring_back()
  undone = step
  for _, key in next, undone.gone do
    if not by_key[key] then
      local record = undone.loaded[key]
      by_key[key] = {
        key = key, name = record.name, value = record.value, requires = {}, declared = {}, written = {}, scalars = record.scalars,
      }
      order[#order + 1] = key
    end
    for name, other in next, undone.aliases do
      if other == key and not aliases[name] then aliases[name] = key end
    end
  end
  register_again()
end

local function requirer_of(key)
  for other, record in next, by_key do
    if record.requires[key] then return other end
  end
end

-- Modules that came with the reload go with it, the last first, unless others need them.
local function unload_new(note)
  for i = #order, 1, -1 do
    local key, is_new = order[i], false
    for _, other in next, undone.new do is_new = is_new or other == key end
    if is_new and requirer_of(key) then
      note("%s: came with the reload that is undone; it stays, for %s requires it", key, requirer_of(key))
    elseif is_new then
      K.unloading.unload(key)
      note("%s: came with the reload that is undone, and is unloaded", key)
    end
  end
end

-- What waited before waits again, as it did; what the reload left waiting does no more.
local function restore_pending()
  for i = #queue, 1, -1 do
    if queue[i].members then remove(queue, i) end
  end
  for prototype in next, copy(pending) do pending[prototype] = nil end
  for prototype, list in next, undone.pending do
    local steps = {}
    for _, kept in next, list do
      local waiting = kept.step
      waiting.members, waiting.errors, waiting.before = copy_set(kept.members), kept.errors, copy(kept.before)
      waiting.family, waiting.left_out = nil, nil
      steps[#steps + 1] = waiting
    end
    if records[prototype] then pending[prototype] = steps end
  end
end

local function conclude(note)
  unload_new(note)
  restore_pending()
  for i = 1, #queue do
    local left_out = queue[i].left_out or instances.new_set()
    for instance in next, undone.copies do left_out[instance] = true end
    queue[i].left_out = left_out
  end
  present = instances.new_set()
  count = fields.exchange(undone.copies, present)
end

---Undoes the reload of the number `request.undo`; answers the report, nil if it wasn't the last one here.
function M.run(request)
  if not step or step.number ~= request.undo then return nil end
  if not step.copies then
    errors.fail("error", "can't be undone: there was no room to keep the fields of all instances (setting memory_limit_mb)")
  end
  local keys = differing()
  return K.reload.carry_out({
    keys = keys, gone = {}, moves = step.moves, versions = step.versions, cascade = request.cascade, strict = request.strict,
    prepare = bring_back, conclude = conclude,
  })
end

return M
