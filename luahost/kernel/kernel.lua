-- kernel: the prologue of the guest half. The rooms that every session needs follow it in one chunk (the host appends them, in
-- the order in which they need each other); the others are loaded when `K.<room>` is first read.
local host, ops, grants, id, key = ...
collectgarbage("stop") -- until the kernel stands

-- The kernel keeps the real globals to itself; `environment` makes those of the guest and empties the real table.
local globals = {}
for name, value in pairs(_G) do globals[name] = value end
if setfenv then setfenv(1, globals) end
local _ENV = globals -- luacheck: ignore

local K = { grants = {}, ops = {}, root = {}, id = id, key = key } -- root.app: the object of variable 1
for name, number in ops:gmatch("(%w+)=(%d+)") do K.ops[name] = tonumber(number) end
for name in grants:gmatch("[%w_.]+") do K.grants[name] = true end

setmetatable(K, {
  __index = function(_, name)
    local code, _, message = host(K.ops.room, name)
    if not code then globals.error(message, 0) end
    local room = K.compat.load(code, "=kernel", globals)(K, host)
    K[name] = room
    return room
  end,
})
