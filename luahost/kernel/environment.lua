-- environment: what guest code has of Lua: the libraries, and its own forms of global functions. Nothing of the host, and nothing
-- that can't be limited later.
local K = ...
local compat, grants, libraries, later = K.compat, K.grants, K.libraries, K.later

local function copy(t, ...)
  local out = {}
  for k, v in next, t do out[k] = v end
  for i = 1, select("#", ...) do out[select(i, ...)] = nil end
  return out
end

-- A finaliser runs with hooks off and can't be ended, so guests make none.
local function setmetatable_checked(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("__gc is not available to guest code", 2) end
  if unfilled[t] then K.apis.fill(t, unfilled[t]) end
  return setmetatable(t, meta)
end

-- The metatable of strings belongs to every chunk of the VM.
local function getmetatable_checked(value)
  if type(value) == "string" then return nil end
  if unfilled[value] then K.apis.fill(value, unfilled[value]) end
  return getmetatable(value)
end

-- What has to be granted is found when it is first read.
local by_grant = { __index = function(t, name) return K.privileges.find(t, name) end, __metatable = "library" }
if grants.trusted then
  libraries.os, libraries.io = copy(os, "exit", "setlocale"), io
  io.popen = later("processes", "popen")
else
  libraries.os = setmetatable({ time = os.time, clock = os.clock, date = os.date, difftime = os.difftime }, by_grant)
  libraries.io = setmetatable({}, by_grant)
end
libraries.debug = grants.debug and copy(debug) or setmetatable({ traceback = debug.traceback }, by_grant)
K.native_io, K.native_os = io, os

libraries.string.dump = nil

-- Global functions that guests have in another form than rooms.
local M = {
  collectgarbage = later("guest", "collectgarbage"), getmetatable = getmetatable_checked, load = later("guest", "load"),
  loadstring = later("guest", "loadstring"), pairs = pairs, pcall = pcall, setmetatable = setmetatable_checked,
  unpack = compat.unpack, xpcall = xpcall,
}
if rawget(K, "older") then K.older.complete(M, libraries) end
if rawget(K, "nesting") then K.nesting.guard(M, libraries) end
if grants.timed or grants.counted then
  M.xpcall = later("guest", "xpcall")
  if compat.counts_calls then
    K.native_coroutines = { create = coroutine.create, resume = coroutine.resume, close = coroutine.close }
    coroutine.resume, coroutine.wrap, coroutine.close = nil, nil, nil
    fill_later(coroutine, "coroutine")
  end
end

-- What a hook can't interrupt has a checked version for guests who aren't trusted.
if not grants.trusted then
  local text, list = libraries.string, libraries.table
  text.find, text.match, text.gmatch, text.gsub, text.rep, text.pack = nil, nil, nil, nil, nil, nil
  list.concat, list.insert, list.remove, list.move, list.sort, list.unpack = nil, nil, nil, nil, nil, nil
  M.unpack = later("table_guards", "unpack")
  fill_later(text, "string")
end
fill_later(libraries.table, "table")
fill_later(libraries.math, "math")

-- Strings answer methods from the guest's own table: a site may extend it.
local strings = getmetatable("")
strings.__index = libraries.string
strings.__metatable = "string"

-- What a guest has, or nobody is to have, goes from the globals that rooms see.
coroutine, utf8, bit, bit32, io, os = nil, nil, nil, nil, nil, nil
package, require, python, dofile, loadfile, print = nil, nil, nil, nil, nil, nil

return M
