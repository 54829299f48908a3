-- globals: the guest's `_G`, and the same once more, as it is before any module runs.
local K = ...
local own, libraries, later = K.environment, K.libraries, K.later

local print, require = later("logs", "print"), later("requiring", "require")
libraries.package = fill_later({}, "package")
local ui = fill_later({}, "ui")
local setfenv, getfenv = K.grants.debug and setfenv or nil, K.grants.debug and getfenv or nil

-- Twice as cheap as a copy, since its size is known.
local function new()
  return {
    _VERSION = _VERSION, assert = assert, collectgarbage = own.collectgarbage, error = error, getmetatable = own.getmetatable,
    ipairs = ipairs, load = own.load, loadstring = own.loadstring, next = next, pairs = own.pairs, pcall = own.pcall,
    rawequal = rawequal, rawget = rawget, rawlen = rawlen, rawset = rawset, select = select, setmetatable = own.setmetatable,
    tonumber = tonumber, tostring = tostring, type = type, unpack = own.unpack, xpcall = own.xpcall,
    setfenv = setfenv, getfenv = getfenv, print = print, require = require,
    bit = libraries.bit, bit32 = libraries.bit32, coroutine = libraries.coroutine, debug = libraries.debug, io = libraries.io,
    math = libraries.math, os = libraries.os, package = libraries.package, string = libraries.string, table = libraries.table,
    utf8 = libraries.utf8, _G = libraries._G, session = K.session, EMPTY = K.inits.EMPTY, ui = ui,
  }
end

K.env = new()
K.env._G, libraries._G = K.env, K.env

local given = K.containers.given
given[K.session], given[K.inits.EMPTY], given[ui] = "session", "EMPTY", "ui"
for name, library in next, libraries do given[library] = name end

K.written.start(K.env, new())

return K.env
