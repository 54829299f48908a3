-- snapshots: a session's objects as bytes: what is kept of a session, by which names, and when it is asked for.
--
-- `K.root` has what a load may take back: `app`, `named` (the other roots), `transient` (fields that are left out, by the name
-- of their prototype) and `lasting` (the session asked for what was saved, so that it may be saved from now on). Tables in it
-- are replaced, never changed.
local K, host = ...
local root, errors, arguments = K.root, K.errors, K.arguments
local type, next, pcall, error = type, next, pcall, error
local sort, concat = table.sort, table.concat
local M = { api = {} }
local api = M.api

local FORMAT = 1
local REFUSAL = " (on_mutate_error = rollback: the session isn't made, and what was saved is left as it is; mend `mutate`)"

local function check_self(self, name)
  if self ~= K.session then arguments.colon(name) end
end

local function with(t, k, v)
  local out = {}
  for key, value in next, t or {} do out[key] = value end
  if k ~= nil then out[k] = v end
  return out
end

---Keeps `object`, and all that it reaches, under `name`; nil ends that.
function api:persist(name, object)
  check_self(self, "persist")
  if type(name) ~= "string" then arguments.wrong(1, "persist", "string", name) end
  if object ~= nil and type(object) ~= "table" then arguments.wrong(2, "persist", "table or nil", object) end
  root.named = with(root.named, name, object)
end

local function name_of(prototype)
  if type(prototype) == "string" then return prototype end
  local record = K.prototypes.records[prototype]
  if not record then arguments.wrong(1, "transient", "prototype or its name", prototype) end
  return record.name
end

---Leaves fields of the prototype's instances out of snapshots. Called again, the new list takes the place of the old one.
function api:transient(prototype, fields)
  check_self(self, "transient")
  if type(fields) ~= "table" then arguments.wrong(2, "transient", "list of field names", fields) end
  local set = {}
  for i = 1, #fields do
    if type(fields[i]) ~= "string" then arguments.wrong(2, "transient", "list of field names", fields) end
    set[fields[i]] = true
  end
  root.transient = with(root.transient, name_of(prototype), set)
end

-- What was persisted before the first `restore` stays.
local function merge(restored)
  for name, object in next, root.named or {} do restored[name] = object end
  return restored
end

local function saved_bytes()
  local bytes, kind, message = host(K.ops.saved)
  if not bytes then errors.fail(kind, message) end
  return bytes ~= "" and bytes or nil
end

-- The load that this is in brings the objects along at its end, and is to tell of those that it could not; or to fail with the
-- first, as a reload would.
local function take_up_mutations()
  if K.loads.depth == 0 then return end
  local opts = K.loads.opts
  opts.on_done = opts.on_done or K.wholes.report
  if K.grants.strict then opts.strict = REFUSAL end
end

---Answers what is kept under `name` (the app object without one), nil if nothing is: what was saved, or what has taken its
---place since, so that `app = session:restore() or App:new()` keeps the object when it runs again. The first call makes the
---session a lasting one.
function api:restore(name)
  check_self(self, "restore")
  if name ~= nil and type(name) ~= "string" then arguments.wrong(1, "restore", "string or nil", name) end
  local is_first = not root.lasting
  if is_first then
    local bytes = saved_bytes()
    if bytes then
      take_up_mutations()
      root.named = merge(K.restoring.restore(bytes))
      K.session.restored = true
    else
      K.prototype_states.note_given()
    end
    root.lasting = true
  end
  if not is_first and (name or "app") == "app" then return M.app() end
  return root.named and root.named[name or "app"]
end

---Answers the app object: the one of now, else the one that was saved or persisted by that name.
function M.app() return root.app or root.named and root.named.app end

-- The roots: the app object, and what was persisted.
local function all_roots()
  local roots = with(root.named)
  roots.app = M.app()
  local names = {}
  for name in next, roots do names[#names + 1] = name end
  sort(names)
  return roots, names
end

-- Tables that modules answered are referred to, unless they are roots themselves.
local function module_tables(roots)
  local keys, values, is_root = {}, {}, {}
  for _, object in next, roots do is_root[object] = true end
  local main, order = K.modules.aliases.main, K.modules.order
  for i = 1, #order do
    local value = K.modules.by_key[order[i]].value
    if order[i] ~= main then
      local is_referred = type(value) == "table" and not K.containers.is_live(value) and not is_root[value]
      keys[#keys + 1] = order[i]
      values[#keys] = is_referred and value or {}
    end
  end
  return keys, values
end

local function put_texts(graph, out, texts)
  out[#out + 1] = graph.head(#texts, 144, 220, 221)
  for i = 1, #texts do out[#out + 1] = graph.value(texts[i]) end
end

local function put_names(graph, out, list)
  local records = K.prototypes.records
  out[#out + 1] = graph.head(3 * #list, 144, 220, 221)
  for i = 1, #list do
    local record = records[list[i]]
    local base = record.base and records[record.base]
    out[#out + 1] = graph.value(record.name) .. graph.value(base and base.name) .. graph.value(record.module)
  end
end

local function begin(roots, most)
  local list, keys = K.prototype_states.list(), {}
  local known = {}
  for i = 1, #list do
    local transient = K.prototype_states.transient_of(list[i])
    known[i], keys[i] = { list[i], transient = transient }, K.prototype_states.state_keys(list[i], transient)
  end
  local modules, values = module_tables(roots)
  K.graph_writer.begin(known, values, most)
  return list, keys, modules
end

local function put_roots(graph, out, roots, names)
  out[#out + 1] = graph.head(2 * #names, 144, 220, 221)
  for i = 1, #names do out[#out + 1] = graph.value(names[i]) .. graph.value(roots[names[i]]) end
end

local function flow(graph, roots, names, list, keys)
  for i = 1, #names do
    graph.value(roots[names[i]])
    graph.flow()
  end
  for i = 1, #list do K.prototype_states.reach(graph, list[i], keys[i]) end
  graph.flow()
end

local function write(roots, names, most)
  local graph = K.graph_writer
  local list, keys, modules = begin(roots, most)
  local first, last = {}, {}
  put_texts(graph, first, modules)
  put_names(graph, first, list)
  flow(graph, roots, names, list, keys)
  last[1] = graph.head(#list, 144, 220, 221)
  for i = 1, #list do
    last[#last + 1] = graph.head(4, 144, 220, 221)
    K.prototype_states.put(graph, last, list[i], keys[i])
  end
  put_roots(graph, last, roots, names)
  graph.flow(true)
  local count = graph.whole(#graph.reached())
  local shapes, tables = graph.finish()
  return graph.head(8, 144, 220, 221) .. graph.whole(FORMAT) .. concat(first) .. count .. shapes .. tables .. concat(last)
end

---Answers the session's snapshot of at most `most` bytes; nil if there is nothing to keep.
function M.snapshot(most)
  local roots, names = all_roots()
  if not root.lasting or not names[1] then return nil end
  local ok, bytes = pcall(write, roots, names, most)
  local fault = not ok and type(bytes) == "table" and K.snapshot_faults.text(bytes, roots, names, most)
  K.graph_writer.drop()
  if fault then errors.raise(errors.new(fault.kind, fault.text)) end
  if not ok then error(bytes, 0) end
  if #bytes > most then
    fault = K.snapshot_faults.text({ too_large = #bytes }, roots, names, most)
    errors.raise(errors.new(fault.kind, fault.text))
  end
  return bytes
end

M.FORMAT = FORMAT

return M
