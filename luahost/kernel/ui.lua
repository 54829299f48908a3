-- ui: the guest's `ui` table: log lines, JSON, and what is registered by name.
local K = ...
local logs = K.logs
local type, error, format = type, error, string.format
local M = { presenters = {}, wrappers = {} }

local function register(registry, what, name, value)
  if type(name) ~= "string" then error(format("bad argument #1 to '%s' (string expected, got %s)", what, type(name)), 3) end
  if type(value) ~= "table" then error(format("bad argument #2 to '%s' (table expected, got %s)", what, type(value)), 3) end
  registry[name] = { value = value, module = K.modules.current, run = K.modules.run_number }
end

M.table = {
  log = logs.log,
  json_encode = function(value) return K.json.encode(value) end,
  json_decode = function(text) return K.json.decode(text) end,
  registerPresenter = function(name, value) register(M.presenters, "registerPresenter", name, value) end,
  registerWrapper = function(name, value) register(M.wrappers, "registerWrapper", name, value) end,
}

return M
