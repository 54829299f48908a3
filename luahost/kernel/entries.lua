-- entries: what the host may call. The lists are the whole of what crosses into a session.
local K = ...
local entry, later, modules = K.turn.entry, K.later, K.modules
local rawget = rawget
local M = {}

-- Entries that bear the name of a room's function.
local rooms = {
  main = "modules", require = "modules", eval = "inline", execute = "inline", call_packed = "paths", get = "paths", set = "paths",
  set_packed = "paths", fire = "timers", describe = "inspection", exchange = "messages", disconnect = "messages",
  snapshot = "snapshots", at_path = "tree", hold = "tree", variables = "tree_report",
}

local own = {
  reload = function(bytes) return K.reload.run(K.codec.unpack(bytes)) end,
  is_loaded = function(key) return modules.by_key[key] ~= nil end,
  close = function() if rawget(K, "hooks") then K.hooks.call("onClose") end end,
}

-- Calls from outside come often, and have a handle of their own.
M.call = entry(later("paths", "call"))
M.run = entry(function(name, ...) return (own[name] or K[rooms[name]][name])(...) end)
M.recover = later("recovery", "of_turn")

return M
