-- entries: what the host may call. The list is the whole of what crosses into a session.
local K = ...
local compat, errors, modules, loads = K.compat, K.errors, K.modules, K.loads
local unpack = compat.unpack
local entry = K.turn.entry
local find, sub = string.find, string.sub
local M = {}

local function run_inline(code, name)
  local chunk, message = compat.load(code, name, K.env)
  if not chunk then
    local record = errors.syntax(message, sub(name, 2))
    record.incomplete = find(message, "near '?<eof>'?$") ~= nil
    errors.raise(record)
  end
  return loads.whole({ inline = true, on_done = K.turn.report_mutations }, chunk)
end

local function call_packed(path, count, bytes)
  return K.paths.call(path, unpack(K.codec.unpack(bytes), 1, count))
end

local function reload(bytes)
  return K.reload.run(K.codec.unpack(bytes))
end

M.main = entry(modules.main)
M.require = entry(function(name) return modules.require(name) end)
M.eval = entry(run_inline)
M.execute = entry(function(code, name) run_inline(code, name) end)
M.call = entry(function(...) return K.paths.call(...) end)
M.call_packed = entry(call_packed)
M.get = entry(function(path) return K.paths.get(path) end)
M.set = entry(function(path, value) return K.paths.set(path, value) end)
M.set_packed = entry(function(path, bytes) return K.paths.set(path, K.codec.unpack(bytes)) end)
M.fire = entry(function() return K.timers.fire() end)
M.reload = entry(reload)
M.is_loaded = entry(function(key) return modules.by_key[key] ~= nil end)
M.describe = entry(function() return K.inspection.describe() end)
M.close = entry(function() if rawget(K, "hooks") then K.hooks.call("onClose") end end)
M.recover = K.turn.recover

return M
