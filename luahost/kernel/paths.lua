-- paths: what the host reaches by `app.contacts.0:rename`: fields by name, items from 0, a method at the end.
local K = ...
local type, tonumber, error, tostring = type, tonumber, error, tostring
local find, sub, gmatch, format = string.find, string.sub, string.gmatch, string.format
local root = K.root
local M = {}

local parsed, count = {}, 0 -- a path's steps, kept for the next call

local function steps_of(text)
  local steps = {}
  for step in gmatch(text .. ".", "([^.]*)%.") do
    if step == "" then error(format("bad path '%s': a step is empty", text), 0) end
    if find(step, "(", 1, true) then error(format("bad path '%s': a method is called at the end, as in 'app:add'", text), 0) end
    steps[#steps + 1] = find(step, "^%d+$") and tonumber(step) + 1 or step
  end
  if steps[1] == "app" then table.remove(steps, 1) end
  return steps
end

local function parse(text)
  if type(text) ~= "string" then error("bad path: a string is expected", 0) end
  local path = { text = text }
  local colon = find(text, ":", 1, true)
  if colon then
    path.method = sub(text, colon + 1)
    if not find(path.method, "^[%a_][%w_]*$") then error(format("bad path '%s': no method name behind ':'", text), 0) end
    path.steps = steps_of(sub(text, 1, colon - 1))
  else
    path.steps = steps_of(text)
  end
  count = count + 1
  if count > 1000 then parsed, count = {}, 1 end
  parsed[text] = path
  return path
end

local function named(path, last)
  local out = "app"
  for i = 1, last do
    local step = path.steps[i]
    out = out .. "." .. (type(step) == "number" and tostring(step - 1) or step)
  end
  return out
end

local function walk(path, last)
  local at, steps = K.root.app, path.steps
  if at == nil then error("there is no app: the site's main.lua calls session:createAppVariable(object)", 0) end
  for i = 1, last do
    local kind = type(at)
    if kind ~= "table" then error(format("path '%s': %s is %s", path.text, named(path, i - 1), at == nil and "nil" or "a " .. kind), 0) end
    at = at[steps[i]]
  end
  return at
end

---Calls the method that the path names, with the arguments behind it.
function M.call(text, ...)
  local path = parsed[text] or parse(text)
  local steps, method = path.steps, path.method
  local object = steps[1] == nil and root.app or walk(path, #steps)
  if not method then error(format("bad path '%s': a call names a method, as in 'app:add'", text), 0) end
  if object == nil then error(format("path '%s': %s is nil", text, named(path, #path.steps)), 0) end
  local f = object[method]
  if f == nil then error(format("path '%s': %s has no method '%s'", text, named(path, #path.steps), method), 0) end
  return f(object, ...)
end

---Calls with packed arguments.
function M.call_packed(text, count, bytes) return M.call(text, K.compat.unpack(K.decoder.unpack(bytes), 1, count)) end

---Answers the value at the path.
function M.get(text)
  local path = parsed[text] or parse(text)
  if path.method then error(format("bad path '%s': a value is read without ':'", text), 0) end
  return walk(path, #path.steps)
end

---Writes the value at the path.
function M.set(text, value)
  local path = parsed[text] or parse(text)
  local last = #path.steps
  if path.method or last == 0 then error(format("bad path '%s': a field to write is expected", text), 0) end
  local object = walk(path, last - 1)
  if type(object) ~= "table" then error(format("path '%s': %s is %s", text, named(path, last - 1), tostring(object)), 0) end
  object[path.steps[last]] = value
end

---Writes a packed value at the path.
function M.set_packed(text, bytes) M.set(text, K.decoder.unpack(bytes)) end

return M
