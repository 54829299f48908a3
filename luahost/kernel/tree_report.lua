-- tree_report: the variables as somebody sees them who looks into a session: values, errors, and what computing each costs.
local K, host = ...
local variables, detection, refusals, objects = K.variables, K.detection, K.refusals, K.objects
local type, next, xpcall = type, next, xpcall
local concat = table.concat
local NOW = K.ops.now
local M = {}

local function clock() return host(NOW) * 1e6 end

-- Computes a variable once more, for its time alone.
local function measure(node)
  local began = clock()
  xpcall(detection.compute, refusals.handler, node)
  local time = clock() - began
  node.time_us, node.timed, node.total_us = time, (node.timed or 0) + 1, (node.total_us or 0) + time
  if time > (node.most_us or 0) then node.most_us = time end
end

local text

local function list_text(sent)
  local out = {}
  for i = 1, K.values.length(sent) do out[i] = text(sent[i]) end
  return "[" .. concat(out, ",") .. "]"
end

-- A value as JSON.
function text(sent)
  if type(sent) ~= "table" then return sent == nil and "null" or K.json.encode(sent) or "null" end
  if K.values.length(sent) then return list_text(sent) end
  return '{"obj":' .. objects.number(sent) .. "}"
end

local function depth_of(node)
  local depth = 0
  while node.parent do node, depth = node.parent, depth + 1 end
  return depth
end

-- What was sent last; of a variable that nobody watches, the value that it has of its own, or that was read for those below it.
local function shown_of(node)
  if node.sent ~= variables.NONE then return node.sent end
  if not variables.is_readable(node) then return nil end
  local value = node.nav
  if node.route == nil and not node.is_wrapped then value = node.own end
  return (K.values.copy(value, node.is_wrapped or node.is_list))
end

-- Why a variable isn't computed; nil if it is.
local function idleness(node)
  if node.is_off then return "it is not computed: it, or one above it, is inactive" end
  if not variables.is_readable(node) then return "it is not computed: its access is " .. node.access end
  if not node.is_needed then return "it is not computed: nobody watches it" end
end

local function computing(node)
  if node.key then return "it reads the field " .. node.key .. " of what is above it" end
  if node.route then return "it follows the path " .. node.route.text end
  return "it has a value of its own"
end

-- What there is to say of a variable: from level 1 what could not be told of its value, from level 2 how it is computed.
local function diagnose(node, level)
  local notes = {}
  for _, note in next, level > 0 and node.diagnostics or {} do notes[#notes + 1] = note end
  if level > 1 then
    notes[#notes + 1] = idleness(node) or computing(node)
    if node.is_wrapped then notes[#notes + 1] = "a wrapper stands in for its value: " .. node.properties.wrapper end
  end
  return notes
end

local function report(node, level)
  local trouble = node.error or node.mishap or {}
  if node.is_needed and not node.is_off then measure(node) end
  return {
    id = node.id, parent = node.parent and node.parent.id or false, depth = depth_of(node), access = node.access,
    path = node.properties.path or "", type = node.properties.type or "", value = text(shown_of(node)),
    properties = next(node.properties) and node.properties or nil, active = not node.is_off, watchers = node.watched,
    error = trouble.description or "", code = trouble.code or "", diagnostics = diagnose(node, level), changes = node.changes,
    wrapper = node.properties.wrapper or "", time_us = node.time_us or 0, max_us = node.most_us or 0,
    mean_us = node.timed and node.total_us / node.timed or 0,
  }
end

---Answers a table for each variable, in order of creation; `level` is how much its diagnostics say.
function M.variables(level)
  K.tree.open()
  -- Its order is without gaps then; the columns of `detection` have to be made again.
  variables.is_stale = true
  K.needs.list()
  local out = {}
  for i = 1, #variables.order do out[i] = report(variables.order[i], level) end
  return out
end

return M
