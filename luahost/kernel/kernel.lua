-- kernel: the prologue of the guest half. The rooms that every session needs follow it in one chunk (the host appends them, in
-- the order in which they need each other) and share its locals; the others are loaded when `K.<room>` is first read.
local host, grants, id, key, lupa = ...
local type, next, select, error, xpcall = type, next, select, error, xpcall
local rawget, rawset, rawequal, getmetatable, setmetatable = rawget, rawset, rawequal, getmetatable, setmetatable

-- The address of the VM's main state, by which the host ends a turn from outside. LuaJIT doesn't tell its main coroutine, but
-- Lua's own function for it does.
local main = coroutine.running() or package.loadlib(lupa, "lua_pushthread")
if type(main) == "function" then main = main() end
local state = tonumber(string.format("%p", main))

-- Rooms see the real globals, guests an environment of their own with the real tables of the libraries in it. Of these the
-- kernel has its own, with what it uses, so that nothing a guest puts there reaches a room that is loaded later.
local libraries = { string = string, table = table, math = math, coroutine = coroutine, utf8 = utf8, bit = bit, bit32 = bit32 }
string = {
  byte = string.byte, char = string.char, find = string.find, format = string.format, gmatch = string.gmatch, gsub = string.gsub,
  match = string.match, pack = string.pack, rep = string.rep, sub = string.sub, unpack = string.unpack,
}
table = {
  concat = table.concat, insert = table.insert, move = table.move, remove = table.remove, sort = table.sort,
  unpack = table.unpack,
}
math = { floor = math.floor, frexp = math.frexp, huge = math.huge, ldexp = math.ldexp, type = math.type }

-- root.app: the object of variable 1
local K = { grants = {}, root = {}, id = id, key = key, libraries = libraries, state = state }
for name in string.gmatch(grants, "[%w_.]+") do K.grants[name] = true end
-- Compiled loops never look at hooks.
if jit and (K.grants.timed or K.grants.counted) then jit.off() end

---Answers a function that loads its room when it is called first.
function K.later(room, name)
  return function(...) return K[room][name](...) end
end

-- Tables of the guest's that hold less at first than they are to hold: the rest is put in when something is looked for that
-- isn't there.
local unfilled = {} -- such a table -> its name
local to_fill = {
  __index = function(t, name)
    K.apis.fill(t, unfilled[t])
    return t[name]
  end,
  __pairs = function(t)
    K.apis.fill(t, unfilled[t])
    return next, t
  end,
}
local function fill_later(t, name)
  unfilled[t] = name
  return setmetatable(t, to_fill)
end

setmetatable(K, {
  __index = function(_, name)
    local code, _, message = host(K.ops.room, name)
    if not code then error(message, 0) end
    local room = K.compat.load(code, "=kernel", _G)(K, host)
    K[name] = room
    return room
  end,
})
