-- requests: what the host may ask of a session by name.
local K = ...
local rawget, setmetatable = rawget, setmetatable

-- Those that bear the name of a room's function.
local rooms = {
  require = "requiring", eval = "inline", execute = "inline", call_packed = "paths", get = "paths", set = "paths",
  set_packed = "paths", fire = "timers", describe = "inspection", exchange = "messages", update = "messages", disconnect = "messages",
  snapshot = "snapshots", at_path = "tree", hold = "tree", variables = "tree_report",
  reload = "reload", added = "added", show = "depictions", complete = "looks", is_incomplete = "looks",
}

local M = {}

function M.is_loaded(key) return K.modules.by_key[key] ~= nil end

function M.close() if rawget(K, "hooks") then K.hooks.call("onClose") end end

return setmetatable(M, {
  __index = function(_, name)
    M[name] = K[rooms[name]][name]
    return M[name]
  end,
})
