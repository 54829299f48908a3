"""Rooms of the kernel in a bare VM, beside the VM's own functions."""

from __future__ import annotations

from typing import Any

from luahost.vm.builds import new_runtime
from luahost.vm.kernel import room_chunk

_START = b"""
local chunk = ...
local load = load
local K = {
  grants = {}, libraries = { string = string, table = table }, root = {}, session = { generation = 0 }, loads = {},
  ops = { changes = 1 }, ui = { wrappers = {}, presenters = {} }, prototypes = { by_name = {} }, env = {},
}
local told = {} -- what the kernel has told its host
local function host(_, bytes) told[#told + 1] = bytes end
setmetatable(K, { __index = function(_, room)
  K[room] = load(chunk(room), "=kernel")(K, host)
  return K[room]
end })
if jit then jit.off() end
local guest = setmetatable({ K = K, native = { string = string, table = table } }, { __index = _G })
guest.string, guest.table = setmetatable({}, { __index = string }), setmetatable({}, { __index = table })
for name, f in pairs(K.guards) do guest.string[name] = string[name] and f end
for name, f in pairs(K.table_guards) do guest.table[name] = (table[name] or name == "unpack") and f end
getmetatable("").__index = guest.string

local taken = {}
for _, name in ipairs({ "find", "find_plain", "match", "gmatch", "gsub" }) do
  local f = K.matcher[name]
  K.matcher[name] = function(...)
    taken[#taken + 1] = name
    return f(...)
  end
end
function guest.taken()
  local names = table.concat(taken, " ")
  taken = {}
  return names
end

-- Ends code after so many instructions, as the host's limit on time does; answers its results as text otherwise.
function guest.within(count, f, ...)
  debug.sethook(function() error("ended", 0) end, "", count)
  local ok, e = pcall(f, ...)
  debug.sethook()
  return tostring(e)
end

-- Ends what the kernel does at instruction number `count`, and at each after that, as the host's limit on time does.
function guest.ended_at(count, f, ...)
  local left = count
  debug.sethook(function()
    left = left - 1
    if left <= 0 and debug.getinfo(2, "S").source == "=?" then error("ended\\3", 0) end
  end, "", 1)
  pcall(f, ...)
  debug.sethook()
  return left <= 0
end

function guest.take_told()
  local all = told
  told = {}
  return table.concat(all)
end

function guest.show(...)
  local out = {}
  for i = 1, select("#", ...) do
    local value = (select(i, ...))
    out[i] = type(value) .. " " .. tostring(value)
  end
  return table.concat(out, ", ")
end

function guest.message(f, ...)
  local ok, e = pcall(f, ...)
  return ok and "no error" or tostring(e)
end

local function compiled(call)
  local code = "local string, table, unpack = ...\\nlocal _ = " .. call .. "\\nreturn 1"
  return load(code, "@guest.lua", "t", { setmetatable = setmetatable, show = guest.show })
end

-- Answers what the call of a guarded function complains of; and what the VM's own would, called by the guest itself.
function guest.complaint(call) return guest.message(compiled(call), guest.string, guest.table, guest.table.unpack) end

function guest.own_complaint(call)
  getmetatable("").__index = string
  local own = guest.message(compiled(call), string, table, table.unpack or unpack)
  getmetatable("").__index = guest.string
  return own
end

return function(code, ...)
  local f = assert(load(code, "@guest.lua", "t", guest))
  return f(...)
end
"""


class Rooms:
    """A VM with the rooms of the kernel that guard the standard library, and without a session.

    Code sees guarded `string` and `table`, the VM's own in `native`, and the rooms in `K`. `taken()` answers the
    functions of the kernel's matcher that were called since it was asked last.
    """

    def __init__(self, vm: str) -> None:
        self.is_jit = vm.startswith("luajit")
        self._run: Any = new_runtime(vm).execute(_START, lambda room: room_chunk(vm, room.decode()))

    def __call__(self, code: str, *args: Any) -> Any:
        """Returns what the code answers, several values as a tuple; texts go in and come out as bytes of Latin-1."""
        values = [arg.encode("latin-1") if isinstance(arg, str) else arg for arg in args]
        answered = self._run(code.encode("latin-1"), *values)
        return tuple(map(_text, answered)) if isinstance(answered, tuple) else _text(answered)


def _text(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value
