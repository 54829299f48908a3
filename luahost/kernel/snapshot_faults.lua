-- snapshot_faults: why a session can't be saved: the path of what can't be stored, or the branches that take the room.
local K = ...
local type, next, tostring, rawequal = type, next, tostring, rawequal
local format, find, sort, concat = string.format, string.find, table.sort, table.concat
local M = {}

local MOST_STEPS = 12 -- of a path that is shown
local MOST_BRANCHES = 3

local function step(k)
  if type(k) == "string" and find(k, "^[%a_][%w_]*$") then return "." .. k end
  if type(k) == "string" then return format("[%q]", k) end
  if type(k) == "table" then return "[a table]" end
  return "[" .. tostring(k) .. "]"
end

local function visit(from, t, k, v, work)
  if type(v) ~= "table" or from[v] then return end
  from[v], work[#work + 1] = { t, k }, v
end

-- Who reached whom first, in the order in which the graph was written.
local function origins(roots, names)
  local from, work, i = {}, {}, 1
  for _, name in next, names do visit(from, false, name, roots[name], work) end
  for _, prototype in next, K.prototypes.by_name do
    for k, v in next, prototype do
      if k ~= "__index" then visit(from, prototype, k, v, work) end
    end
  end
  while work[i] do
    local t = work[i]
    if not K.prototypes.records[t] and t ~= K.session then
      for k, v in next, t do
        visit(from, t, k, k, work)
        visit(from, t, k, v, work)
      end
    end
    i = i + 1
  end
  return from
end

local function path_of(t, from)
  local steps, at = {}, t
  while at and from[at] do
    local parent, k = from[at][1], from[at][2]
    table.insert(steps, 1, parent and step(k) or k)
    at = parent
  end
  if at and K.prototypes.records[at] then table.insert(steps, 1, K.prototypes.records[at].name) end
  if #steps > MOST_STEPS then
    return concat(steps, "", 1, 4) .. "…" .. concat(steps, "", #steps - 3)
  end
  return concat(steps)
end

local function key_of(t, value)
  for k, v in next, t do
    if rawequal(v, value) or (v ~= v and value ~= value) then return step(k) end
  end
  return ""
end

local function unstorable(fault, roots, names)
  local from, t = origins(roots, names), fault.table
  local path = t and path_of(t, from) .. key_of(t, fault.value) or path_of(fault.value, from)
  local record = t and K.prototypes.records[debug.getmetatable(t)]
  local hint = record and format("; session:transient(%q, { … }) leaves fields out", record.name) or ""
  return format("%s: %s can't be saved%s", path, fault.unstorable, hint)
end

local function weigh(branch, seen)
  local work, size, i = { branch }, 0, 1
  while work[i] do
    for k, v in next, work[i] do
      size = size + 1 + (type(k) == "string" and #k or 8) + (type(v) == "string" and #v or 8)
      if type(v) == "table" and not seen[v] and not K.prototypes.records[v] then
        seen[v], work[#work + 1] = true, v
      end
    end
    i = i + 1
  end
  return size
end

local function branches(roots, names)
  local out, seen, all = {}, { [K.session] = true }, 1
  for _, name in next, names do seen[roots[name]] = true end
  for _, name in next, names do
    for k, v in next, roots[name] do
      if type(v) == "table" and not seen[v] then
        seen[v] = true
        out[#out + 1] = { path = name .. step(k), size = weigh(v, seen) }
        all = all + out[#out].size
      end
    end
  end
  sort(out, function(a, b) return a.size > b.size end)
  local parts = {}
  for i = 1, out[MOST_BRANCHES] and MOST_BRANCHES or #out do
    parts[i] = format("%s (%d %%)", out[i].path, out[i].size * 100 / all - out[i].size * 100 / all % 1)
  end
  return concat(parts, ", ")
end

---Answers `{ kind, text }` of a fault that the writer raised, nil if it isn't one of its own.
function M.text(fault, roots, names, most)
  if fault.unstorable then return { kind = "unstorable", text = unstorable(fault, roots, names) } end
  if not fault.too_large then return nil end
  local text = format("the snapshot has more than %d bytes (setting max_record_mb); most of it: %s", most, branches(roots, names))
  return { kind = "too_large", text = text }
end

return M
