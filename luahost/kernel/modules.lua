-- modules: loaded files, what they answered, who required whom.
local K, host = ...
local errors, compat, loads = K.errors, K.compat, K.loads
local CHUNK = K.ops.chunk
local M = {
  current = nil, -- key of the module that is running
  running = 0, -- how many have begun to run and not ended
  by_key = {}, -- key -> record
  order = {}, -- keys, in the order in which they were done
  aliases = {}, -- name -> key
  given = {}, -- name -> value that guest code put into package.loaded
}
local by_key, order, aliases = M.by_key, M.order, M.aliases
local MOST = 10000
local runs = 0 -- each run of a module has a number, which what it registers bears

---Notes that the running module declared `prototype`.
function M.declared(prototype)
  local record = by_key[M.current]
  if record then record.declared[prototype] = true end
end

---Reads a module's chunk: the function, and the version of the text; `wanted` is the version, if the host still keeps that.
function M.read(key, wanted)
  local code, version, message, file, line = host(CHUNK, key, wanted or 0)
  if not code then errors.raise(errors.new(version, message, file, line)) end
  local chunk, reason = compat.load(code, "@" .. key, K.env)
  if not chunk then errors.raise(errors.new("syntax", reason, key)) end
  return chunk, version
end

---Runs a module's chunk as the current module and answers its first value; an error of it is raised as text. The chunk is given the
---name under which the module was first required, and its key.
function M.run(record, chunk)
  local outer, outer_run = M.current, M.run_number
  runs = runs + 1
  M.current, M.run_number, record.run, M.running = record.key, runs, runs, M.running + 1
  record.declared, record.is_running, record.load = {}, true, K.written.load
  local ok, value = xpcall(chunk, errors.handler, record.name, record.key)
  M.current, M.run_number, record.is_running, M.running = outer, outer_run, nil, M.running - 1
  if not ok then errors.raise(errors.ensure(value)) end
  return value
end

---Loads a module that isn't loaded.
function M.load_first(key, name, is_main)
  if #order >= MOST then errors.fail("error", "too many modules: a session has at most " .. MOST) end
  local chunk, version = M.read(key)
  local record = { key = key, name = name, version = version, value = true, requires = {}, declared = {}, written = {}, scalars = {} }
  by_key[key], aliases[name] = record, key
  if not is_main then K.inventory.flush() end
  local ok, value = xpcall(M.run, errors.handler, record, chunk)
  if not ok then
    K.unloading.give_up(record)
    errors.raise(errors.ensure(value))
  end
  -- Guest code may have put the value into package.loaded itself.
  if value ~= nil then record.value = value end
  if by_key[key] ~= record then return record.value end -- it took itself out again
  order[#order + 1] = key
  K.written.note(record, M.due ~= nil)
  loads.has_run = true
  return record.value
end

---Loads `lua/main.lua` as the first module of a new session.
function M.main(key)
  return loads.begin({ first = true }, nil, M.load_first, key, "main", true)
end

return M
