-- environment: the globals that guest code has; nothing of the host, and nothing that can't be limited later.
local K = ...
local G = _G
local compat, grants = K.compat, K.grants
local type, pairs, next, rawget, error, getmetatable, setmetatable = type, pairs, next, rawget, error, getmetatable, setmetatable
local collectgarbage, byte, concat, select, tostring = collectgarbage, string.byte, table.concat, select, tostring

local function copy(t, ...)
  local out = {}
  if not t then return nil end
  for k, v in pairs(t) do out[k] = v end
  for i = 1, select("#", ...) do out[select(i, ...)] = nil end
  return out
end

local env = {}
for _, name in pairs({ "assert", "error", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset", "rawlen",
  "select", "tonumber", "tostring", "type", "xpcall", "_VERSION" }) do
  env[name] = G[name]
end
env._G = env
env.unpack = compat.unpack
env.coroutine, env.string, env.math, env.utf8 = copy(G.coroutine), copy(G.string), copy(G.math), copy(G.utf8)
env.table = copy(G.table)
env.bit, env.bit32 = copy(G.bit), copy(G.bit32)
env.table.unpack = compat.unpack
env.table.pack = env.table.pack or function(...) return { n = select("#", ...), ... } end
env.table.getn = env.table.getn or function(t) return #t end
env.math.pow = env.math.pow or function(a, b) return a ^ b end
env.string.dump = nil

-- A finaliser runs with hooks off and can't be ended, so guests make none.
function env.setmetatable(t, meta)
  if type(meta) == "table" and rawget(meta, "__gc") ~= nil then error("__gc is not available to guest code", 2) end
  return setmetatable(t, meta)
end

-- The metatable of strings belongs to every chunk of the VM.
function env.getmetatable(value)
  if type(value) == "string" then return nil end
  return getmetatable(value)
end

if not compat.has_pairs_meta then
  local pairs_ = pairs
  function env.pairs(t)
    local meta = type(t) == "table" and getmetatable(t)
    local walk = type(meta) == "table" and rawget(meta, "__pairs")
    if walk then return walk(t) end
    return pairs_(t)
  end
end

function env.collectgarbage(option)
  if option == nil or option == "collect" or option == "step" then
    if grants.trusted then collectgarbage() end
    return 0
  end
  if option == "count" then return (collectgarbage("count")) end
  error("collectgarbage('" .. tostring(option) .. "') is not available to guest code", 2)
end

-- Text only: bytecode that somebody crafted can crash the process.
function env.load(chunk, name, _, ...)
  if type(chunk) == "function" then
    local parts = {}
    for piece in chunk do
      if piece == "" then break end
      parts[#parts + 1] = piece
    end
    chunk = concat(parts)
  end
  if type(chunk) ~= "string" then error("bad argument #1 to 'load' (string or function expected)", 2) end
  if byte(chunk, 1) == 27 then return nil, "attempt to load bytecode: only text is available to guest code" end
  local target = env
  if select("#", ...) > 0 then target = (...) end
  return compat.load(chunk, name or chunk, target, "t")
end
env.loadstring = function(chunk, name) return env.load(chunk, name) end

if not compat.counts_calls then K.nesting.guard(env) end

local os = G.os
env.os = { time = os.time, clock = os.clock, date = os.date, difftime = os.difftime }
if grants.os then
  env.os = copy(os, "exit", "setlocale", "getenv", "execute")
end
if grants["os.getenv"] then env.os.getenv = os.getenv end
if grants["os.execute"] then env.os.execute = os.execute end
if grants.io then env.io = copy(G.io) end
env.debug = grants.debug and copy(G.debug) or { traceback = G.debug.traceback }
if setfenv and grants.debug then env.setfenv, env.getfenv = setfenv, getfenv end

-- Strings answer methods from the guest's own table, so that a site may extend them and the real one stays whole.
local strings = getmetatable("")
strings.__index = env.string
strings.__metatable = "string"

-- What libraries a guest may name in `require`.
local libraries = {}
for name, value in next, env do
  if type(value) == "table" then libraries[name] = value end
end

-- The real globals go; `debug.traceback` stays, because lupa's own message handler looks for it there.
local names = {}
for name in next, G do names[#names + 1] = name end
local traceback = G.debug.traceback
for _, name in next, names do G[name] = nil end
G.debug = { traceback = traceback }

K.env, K.libraries, K.libraries_set = env, libraries, {}
for _, library in next, libraries do K.libraries_set[library] = true end
return env
