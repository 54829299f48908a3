-- settlement: what becomes of the entries that a module had written before it ran again: what its file no longer writes goes, and
-- whoever holds a function that was replaced gets the new one.
local K, host = ...
local written, ownership = K.written, K.ownership
local next, type, rawget, rawset, rawequal = next, type, rawget, rawset, rawequal
local getinfo = K.compat.getinfo
local STANDS, MENTIONS = K.ops.stands, K.ops.mentions
local M = {}

local notify -- is told of what stays

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

local function keep(record, container, k, v)
  written.take(record, container, k, v)
  rawset(container, k, v)
  ownership.saw(container, k)
end

local function drop(run, container, k)
  rawset(container, k, ownership.under(run.record, container, k))
  ownership.saw(container, k)
end

-- Another module wrote the entry, with a function of this one: the text doesn't name it, and names that function by other entries.
local function is_alias(run, k, f, version)
  local record = run.record
  if type(k) ~= "string" or not version or host(MENTIONS, record.key, k, version) then return false end
  for container, entries in next, run.written do
    local now = record.written[container]
    for name, old in next, now and entries or {} do
      if old == f and type(now[name]) == "function" then return true end
    end
  end
  return false
end

-- Decides on one entry that the run before had written; answers the function that replaced it.
local function settle(run, container, k, old)
  if type(old) ~= "function" then return nil end
  local new = run.record.written[container] and run.record.written[container][k]
  if new ~= nil and new ~= old then return new end
  local now = rawget(container, k)
  local was_taken = run.taken[container] and run.taken[container][k]
  if was_taken and not rawequal(now, ownership.under(run.record, container, k)) then return nil end
  if now ~= old and not was_taken then return nil end
  local version = version_of(run, old)
  if is_left_alone(run, container) or stands(run, old, version) then
    keep(run.record, container, k, old)
  elseif not is_alias(run, k, old, version) then
    drop(run, container, k)
  end
end

-- The module that ran; where it had declared the container, the one that does so now.
local function owner_of(run, container)
  local prototype = run.declared[container] and K.prototypes.records[container]
  return prototype and K.modules.by_key[prototype.module] or run.record
end

-- What was borrowed from another file stays; with a note, where the file names it no more.
local function settle_borrowed(run, container, k, f)
  local record, now = run.record, rawget(container, k)
  local was_taken = run.taken[container] and run.taken[container][k]
  local is_the_guests = getinfo(f, "S").source:sub(1, 1) == "@"
  if record.written[container] and record.written[container][k] ~= nil or not (is_the_guests or was_taken) then return end
  if now ~= f and not (was_taken and rawequal(now, ownership.under(record, container, k))) then return end
  local owner = owner_of(run, container)
  keep(owner, container, k, f)
  if not is_the_guests or type(k) ~= "string" or host(MENTIONS, owner.key, k, owner.version) then return end
  owner.written[container][k] = nil
  notify("%s: '%s' holds a function of another file and is no longer written; it stays", record.key, k)
end

-- Answers the functions that others have replaced.
local function settle_all(runs)
  local replaced = {}
  for _, run in next, runs do
    for container, entries in next, run.written do
      for k, old in next, entries do
        if written.is_own(run.record, old) then
          local new = settle(run, container, k, old)
          if type(new) == "function" then replaced[old] = new end
        else
          settle_borrowed(run, container, k, old)
        end
      end
    end
  end
  return replaced
end

-- Every other entry that held a function which has been replaced gets the new one. The run has just been noted, so that what was
-- seen is what is there, but for what is as it was at the start.
local function spread(replaced)
  if next(replaced) == nil then return end
  for container, entries in next, written.seen do
    for k, v in next, entries do
      local new = replaced[v]
      if new and rawget(container, k) == v then
        rawset(container, k, new)
        ownership.saw(container, k)
      end
    end
  end
end

---Settles all that the modules of `runs` had written before they ran again; `note(format, ...)` is told of what stays.
function M.settle(runs, note)
  notify = note
  spread(settle_all(runs))
end

return M
