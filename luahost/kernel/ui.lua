-- ui: what the guest's `ui` table does: JSON, and what is registered by name.
local K, host = ...
local type, next, find = type, next, string.find
local M = { presenters = {}, wrappers = {}, view_definitions = {}, is_used = false }

local function register(registry, what, name, value, kind)
  if type(name) ~= "string" then K.arguments.wrong(1, what, "string", name) end
  if type(value) ~= (kind or "table") then K.arguments.wrong(2, what, kind or "table", value) end
  registry[name] = { value = value, module = K.modules.current, run = K.modules.run_number }
end

function M.json_encode(value) return K.json.encode(value) end

function M.json_decode(text)
  if type(text) ~= "string" then K.arguments.wrong(1, "json_decode", "string", text) end
  return K.json.decode(text)
end

function M.registerPresenter(name, value) register(M.presenters, "registerPresenter", name, value) end

function M.registerWrapper(name, value) register(M.wrappers, "registerWrapper", name, value) end

---Notes that view definitions may have come or gone, of which the host is told at the end of the turn.
function M.mark()
  if M.is_used then K.turn.tell, K.turn.unsettled = M.tell, true end
end

---Lua's `ui.registerViewDefinition("Type.NAMESPACE", html)`: stands over the site's file of that name.
function M.registerViewDefinition(key, html)
  if type(key) == "string" and not find(key, "^.+%.[^.]+$") then
    K.arguments.refuse("registerViewDefinition: '" .. key .. "' is no key, which has a type and a namespace: 'Contact.DEFAULT'")
  end
  register(M.view_definitions, "registerViewDefinition", key, html, "string")
  M.is_used = true
  M.mark()
end

---Tells the host all view definitions that are registered now.
function M.tell()
  local definitions = {}
  for key, entry in next, M.view_definitions do definitions[key] = entry.value end
  K.turn.tell = nil
  host(K.ops.define, K.codec.pack(definitions))
end

return M
