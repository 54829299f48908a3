-- routes: a variable's path as steps, and the walk along them: `a.b`, `items.0.name`, `foo()`, `foo(_)`, `..`, `@name`, `?key=value`.
local K = ...
local refusals = K.refusals
local type, tonumber = type, tonumber
local find, sub, match, gmatch, gsub, char, byte = string.find, string.sub, string.match, string.gmatch, string.gsub, string.char, string.byte
local format, concat = string.format, table.concat
local M = {}

local FIELD, CALL, CALL_WITH, PARENT, NAMED = 1, 2, 3, 4, 5
local LONGEST = 4096
local UNDERSCORE = 95

local function malformed(text, why) refusals.refuse("bad-message", "bad path '%s': %s", text, why) end

local function decoded(text)
  text = gsub(text, "%+", " ")
  return (gsub(text, "%%(%x%x)", function(hex) return char(tonumber(hex, 16)) end))
end

-- `key=value&flag` as a table; a flag is "true".
local function query_of(text)
  local out = {}
  for part in gmatch(text, "[^&]+") do
    local key, value = match(part, "^([^=]*)=(.*)$")
    out[decoded(key or part)] = value and decoded(value) or "true"
  end
  return out
end

-- Answers kind and name of the step at `at`, and where it ends.
local function step_at(text, at)
  local _, last, name = find(text, "^@([^.?()]+)", at)
  if last then return NAMED, name, last end
  if sub(text, at, at + 1) == ".." then return PARENT, "..", at + 1 end
  _, last, name = find(text, "^([%a_][%w_]*)%(%)", at)
  if last then return CALL, name, last end
  _, last, name = find(text, "^([%a_][%w_]*)%(_%)", at)
  if last then return CALL_WITH, name, last end
  _, last, name = find(text, "^([^.()@][^.()]*)", at)
  if last then return FIELD, name, last end
  malformed(text, "a step is a field, an index, a method as in 'foo()' or 'foo(_)', '..', or '@name' at the start")
end

local function check_step(text, kinds, kind, name, is_last)
  local n = #kinds
  if kind == NAMED and n > 0 then malformed(text, "'@name' stands at the start") end
  if kind == PARENT and n > 0 and kinds[n] ~= PARENT then malformed(text, "'..' stands at the start") end
  if kind == CALL_WITH and not is_last then malformed(text, "'(_)' takes the written value, and stands at the end") end
  if (kind == FIELD or kind <= CALL_WITH) and byte(name) == UNDERSCORE then
    refusals.refuse("access", "bad path '%s': '%s' is private, as all names with a leading '_'", text, name)
  end
end

local function steps_of(text)
  local kinds, names, at, length = {}, {}, 1, #text
  repeat
    local kind, name, last = step_at(text, at)
    check_step(text, kinds, kind, name, last == length)
    local n = #kinds + 1
    kinds[n], names[n] = kind, kind == FIELD and find(name, "^%d+$") and tonumber(name) + 1 or name
    at = last + 2
    if last < length and (sub(text, last + 1, last + 1) ~= "." or at > length) then malformed(text, "a step is empty, or no '.' stands before it") end
  until last >= length
  return kinds, names
end

---Answers a path as a route: `{ text, query, kinds, names, count, key, verb, named }`. `key`: the field, where that is all there
---is; `verb`: the method, where that is all; `named`: the name behind '@' that it begins with.
function M.parse(text)
  if #text > LONGEST then refusals.refuse("bad-message", "a path has at most %d characters", LONGEST) end
  local path, query = match(text, "^([^?]*)%?(.*)$")
  path = path or text
  local route = { text = path, query = query and query_of(query) or {}, kinds = {}, names = {}, count = 0 }
  if path == "" then return route end
  route.kinds, route.names = steps_of(path)
  route.count = #route.kinds
  if route.count == 1 and route.kinds[1] == FIELD then route.key = route.names[1] end
  if route.count == 1 and route.kinds[1] <= CALL_WITH and not route.key then route.verb = route.names[1] end
  if route.kinds[1] == NAMED then route.named = route.names[1] end
  return route
end

---Refuses an access that the path can't have; answers the access.
function M.check_access(route, access)
  local last = route.kinds[route.count]
  if access ~= "rw" and access ~= "r" and access ~= "w" and access ~= "action" then
    refusals.refuse("bad-message", "bad access '%s': it is rw, r, w or action", access)
  elseif last == CALL_WITH and (access == "r" or access == "rw") then
    refusals.refuse("access", "path '%s' can't be read: its access is w or action", route.text)
  elseif last == CALL and access == "w" then
    refusals.refuse("access", "path '%s' takes no value: its access is r, rw or action, or its end '(_)'", route.text)
  elseif access == "action" and last ~= CALL and last ~= CALL_WITH then
    refusals.refuse("access", "path '%s' calls nothing: an action ends in 'foo()' or 'foo(_)'", route.text)
  end
  return access
end

local function shown(route, count)
  local out = {}
  for i = 1, count do
    local kind, name = route.kinds[i], route.names[i]
    if kind == FIELD and type(name) == "number" then name = name - 1 end
    out[i] = name .. (kind == CALL and "()" or kind == CALL_WITH and "(_)" or "")
  end
  return count == 0 and "its parent" or concat(out, ".")
end

local function missing(route, count, from)
  return format("path '%s': %s is %s", route.text, shown(route, count), from == nil and "nil" or "a " .. type(from))
end

-- Answers what the walk begins with, and behind how many steps: the parent, one of its parents, or a named variable.
local function start(node, route)
  local at, i = node.parent, 0
  if route.named then
    at, i = K.variables.named(route.named), 1
  end
  while at and route.kinds[i + 1] == PARENT do
    at, i = at.parent, i + 1
  end
  return at, i
end

local function nowhere(route)
  if route.named then return format("path '%s': nothing is registered as '%s'", route.text, route.named) end
  return format("path '%s' leads above variable 1", route.text)
end

-- Walks the first `count` steps; answers the value, or nil, code and sentence where the way is barred.
local function follow(node, route, count)
  local base, i = start(node, route)
  if base == nil then return nil, "path-failure", nowhere(route) end
  local at, kinds, names = base.nav, route.kinds, route.names
  while i < count do
    if type(at) ~= "table" then return nil, "path-failure", missing(route, i, at) end
    i = i + 1
    local name = names[i]
    if kinds[i] == FIELD then
      at = at[name]
    else
      local method = at[name]
      if method == nil then return nil, "path-failure", format("path '%s': there is no method '%s'", route.text, name) end
      at = method(at)
    end
  end
  return at
end

---Reads the value that the variable's path leads to; nil, code and sentence where it leads nowhere.
function M.read(node) return follow(node, node.route, node.route.count) end

local function call_last(node, route, object, name, value)
  local method = object[name]
  if method == nil then refusals.refuse("path-failure", "path '%s': there is no method '%s'", route.text, name) end
  if node.access == "action" and route.kinds[route.count] == CALL then
    method(object)
  else
    method(object, value)
  end
end

---Writes a value where the variable's path leads, or calls the method at its end.
function M.write(node, value)
  local route, parent = node.route, node.parent
  local count = route.count
  if route.verb and parent and type(parent.nav) == "table" then return call_last(node, route, parent.nav, route.verb, value) end
  if count == 0 or route.kinds[count] > CALL_WITH then refusals.refuse("access", "path '%s' names nothing that can be written", route.text) end
  local object, code, sentence = follow(node, route, count - 1)
  if code then refusals.refuse(code, "%s", sentence) end
  if type(object) ~= "table" then refusals.refuse("path-failure", "%s", missing(route, count - 1, object)) end
  if route.kinds[count] == FIELD then
    object[route.names[count]] = value
  else
    call_last(node, route, object, route.names[count], value)
  end
end

return M
