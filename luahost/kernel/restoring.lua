-- restoring: a session's objects from a snapshot. A restart is a hot reload from disk: the prototypes are put back as they
-- were, the objects are made, and then the files' declarations of today are taken like those of a save.
local K = ...
local prototypes, errors, states = K.prototypes, K.errors, K.prototype_states
local type, next, pcall, error, tostring, format = type, next, pcall, error, tostring, string.format
local M = {}

local reader = K.graph_reader

local function fail(...) errors.fail("error", format(...)) end

-- A module whose file has gone is left out; what it declared may stand in another one by now.
local function require_modules(keys)
  local values = {}
  for i = 1, #keys do
    local ok, value = pcall(K.requiring.require, keys[i])
    if not ok then
      local record = errors.ensure(value)
      if record.kind ~= "module" then error(value, 0) end
      K.logs.log("warn", "session:restore: " .. record.message)
    end
    values[i] = ok and type(value) == "table" and value or {}
  end
  return values
end

local function read_texts()
  local out = {}
  for i = 1, reader.list_head() do out[i] = reader.text() end
  return out
end

local function read_names()
  local names = {}
  for i = 1, reader.list_head() / 3 do
    names[i] = { name = reader.text(), base = reader.text(true) or false, module = reader.text(true) or false }
  end
  return names
end

-- What a file declared and none declares now has no methods any more: it is missing, and stands in as an empty table until
-- it is known whether an object needs it.
local function resolve(names)
  local found, missing = {}, {}
  for i = 1, #names do
    local name = names[i]
    found[i] = prototypes.by_name[name.name]
    name.is_revived = not found[i] and not name.module
    if name.is_revived then found[i] = states.revive(name.name, name.base) end
    if not found[i] then found[i], missing[i] = {}, name end
  end
  return found, missing
end

local function check_all_there(missing, counts)
  local gone = {}
  for i, name in next, missing do
    if counts[i] then
      gone[#gone + 1] = format("'%s' (%d of %s)", name.name, counts[i], name.module)
    end
  end
  if not gone[1] then return end
  table.sort(gone)
  fail("session:restore: there are saved objects of prototypes that no module declares: %s. Declare them again, or begin anew;"
    .. " what was saved is left as it is", table.concat(gone, ", "))
end

local function read_tables(found, missing, shapes)
  local counts, made = {}, {}
  reader.tables(shapes, function(t, number)
    if not found[number] then reader.damaged("an object of no prototype") end
    if missing[number] then counts[number] = (counts[number] or 0) + 1 end
    made[#made + 1], made[#made + 2] = t, found[number]
  end)
  return made, counts
end

local function read_states(found)
  local read = {}
  reader.list_head()
  for i = 1, #found do
    reader.list_head()
    read[i] = states.read(reader, found[i])
  end
  return read
end

local function read_roots()
  local roots = {}
  for _ = 1, reader.list_head() / 2 do
    local name = reader.text()
    roots[name] = reader.value()
    if type(roots[name]) ~= "table" then reader.damaged("a root that is no table") end
  end
  return roots
end

local function renew(names, found, missing, read)
  local now = {}
  for i = 1, #found do
    if not missing[i] then now[i] = states.put_back(found[i], read[i], names[i].base, names[i].is_revived) end
  end
  for i = 1, #found do
    if not missing[i] then states.renew(found[i], now[i]) end
  end
end

local function read_graph(values, names)
  local found, missing = resolve(names)
  reader.bind(reader.value(), found, values)
  local made, counts = read_tables(found, missing, reader.shapes())
  return { found = found, missing = missing, made = made, counts = counts, states = read_states(found), roots = read_roots() }
end

-- What this raises itself is our own; anything else comes of bytes that nobody wrote.
local function guarded(f, ...)
  local ok, result, more = pcall(f, ...)
  if ok then return result, more end
  local is_conversion = type(result) == "string" and errors.ensure(result).kind ~= "error"
  if is_conversion then error(result, 0) end
  local what = type(result) == "table" and result.damaged or "what can't be read"
  return fail("session:restore: the snapshot is damaged: it has %s", what)
end

local function read_head()
  if reader.list_head() ~= 8 then reader.damaged("another form") end
  local form = reader.value()
  if form ~= K.snapshots.FORMAT then return nil, form end
  return { modules = read_texts(), names = read_names() }
end

---Makes the objects that `bytes` hold, and queues what has changed since; answers the roots by name.
function M.restore(bytes)
  reader.begin(bytes)
  local head, form = guarded(read_head)
  if not head then fail("session:restore: the snapshot has form %s, which this version of luahost doesn't know", tostring(form)) end
  local values = require_modules(head.modules)
  states.note_given()
  local graph = guarded(read_graph, values, head.names)
  reader.drop()
  check_all_there(graph.missing, graph.counts)
  for i = 1, #graph.made, 2 do K.instances.create(graph.made[i + 1], graph.made[i]) end
  renew(head.names, graph.found, graph.missing, graph.states)
  return graph.roots
end

return M
