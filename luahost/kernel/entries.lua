-- entries: what the host may call. The list is the whole of what crosses into a session.
local K = ...
local entry, later, modules = K.turn.entry, K.later, K.modules
local M = {}

M.main = entry(modules.main)
M.require = entry(function(name) return modules.require(name) end)
M.eval, M.execute = entry(later("inline", "eval")), entry(later("inline", "execute"))
M.call, M.call_packed = entry(later("paths", "call")), entry(later("paths", "call_packed"))
M.get, M.set, M.set_packed = entry(later("paths", "get")), entry(later("paths", "set")), entry(later("paths", "set_packed"))
M.fire = entry(later("timers", "fire"))
M.reload = entry(function(bytes) return K.reload.run(K.codec.unpack(bytes)) end)
M.is_loaded = entry(function(key) return modules.by_key[key] ~= nil end)
M.describe = entry(later("inspection", "describe"))
M.exchange, M.disconnect = entry(later("messages", "exchange")), entry(later("messages", "disconnect"))
M.at_path, M.variables = entry(later("tree", "at_path")), entry(later("tree_report", "list"))
M.hold = entry(function(is_held) K.turn.is_held = is_held end)
M.close = entry(function() if rawget(K, "hooks") then K.hooks.call("onClose") end end)
M.recover = K.turn.recover

return M
