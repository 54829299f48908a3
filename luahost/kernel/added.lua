-- added: rooms that aren't the kernel's own, which the host brings along where specs run.
local K, host = ...
local error, format = error, string.format
local M = {}
local rooms = {}

---Adds a room, which the bytecode `code` makes.
local function add(name, code) rooms[name] = K.compat.load(code, "=kernel", _G)(K, host, rooms) end

---Calls `f` of the added room `name`; as "add", adds the room.
function M.added(name, f, ...)
  if f == "add" then return add(name, ...) end
  if not rooms[name] then error(format("no room '%s' was added to the session", name), 0) end
  return rooms[name][f](...)
end

return M
