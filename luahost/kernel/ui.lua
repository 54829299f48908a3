-- ui: the guest's `ui` table: log lines, JSON, and what is registered by name.
local K = ...
local logs = K.logs
local type = type
local M = { presenters = {}, wrappers = {} }

local function decode(text)
  if type(text) ~= "string" then K.arguments.wrong(1, "json_decode", "string", text) end
  return K.json.decode(text)
end

local function register(registry, what, name, value)
  if type(name) ~= "string" then K.arguments.wrong(1, what, "string", name) end
  if type(value) ~= "table" then K.arguments.wrong(2, what, "table", value) end
  registry[name] = { value = value, module = K.modules.current, run = K.modules.run_number }
end

M.table = {
  log = logs.log,
  json_encode = function(value) return K.json.encode(value) end,
  json_decode = decode,
  registerPresenter = function(name, value) register(M.presenters, "registerPresenter", name, value) end,
  registerWrapper = function(name, value) register(M.wrappers, "registerWrapper", name, value) end,
}

return M
