-- ui: what the guest's `ui` table does: JSON, and what is registered by name.
local K = ...
local type = type
local M = { presenters = {}, wrappers = {} }

local function register(registry, what, name, value)
  if type(name) ~= "string" then K.arguments.wrong(1, what, "string", name) end
  if type(value) ~= "table" then K.arguments.wrong(2, what, "table", value) end
  registry[name] = { value = value, module = K.modules.current, run = K.modules.run_number }
end

function M.json_encode(value) return K.json.encode(value) end

function M.json_decode(text)
  if type(text) ~= "string" then K.arguments.wrong(1, "json_decode", "string", text) end
  return K.json.decode(text)
end

function M.registerPresenter(name, value) register(M.presenters, "registerPresenter", name, value) end

function M.registerWrapper(name, value) register(M.wrappers, "registerWrapper", name, value) end

return M
