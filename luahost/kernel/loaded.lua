-- loaded: the guest's `package.loaded`, a live view of the modules under each of their names.
local K = ...
local modules = K.modules
local by_key, aliases, given = modules.by_key, modules.aliases, modules.given
local next = next
local M = {}

function M.get(_, name)
  if given[name] ~= nil then return given[name] end
  local record = by_key[aliases[name]]
  if record then return record.value end
  return K.libraries[name]
end

function M.set(_, name, value)
  local key = aliases[name]
  if value == nil then
    given[name] = nil
    if key then K.unloading.forget(key) end
  elseif key and by_key[key] then
    local record = by_key[key]
    if record.runs_again then record.put = value else record.value = value end
  else
    given[name] = value
  end
end

function M.all()
  local all = {}
  for name, library in next, K.libraries do all[name] = library end
  for name in next, aliases do all[name] = M.get(nil, name) end
  for name, value in next, given do all[name] = value end
  return next, all
end

return M
