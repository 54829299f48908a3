-- coverage: counts the lines that run, by function and version of the file, with Lua's line hook.
--
-- A limit that ends a turn takes the hook away; `arm` brings it back with the next step of a spec. Compiled loops of LuaJIT never
-- look at hooks: it only interprets here.
local K = ...
local getinfo, sethook = debug.getinfo, debug.sethook
local by_key = K.modules.by_key
local next, rawget, setmetatable, sub, error, type = next, rawget, setmetatable, string.sub, error, type
local M = {}

local LOOK = 100000 -- instructions between two looks at the time, where turns are timed by a hook
local NONE = {} -- takes what is counted of functions that are in no file of the site

local lines_of = setmetatable({}, { __mode = "k" }) -- function -> its lines
local counted = {} -- key -> version -> line where a function begins -> { key, version, first, last, lines }

local function child(t, key)
  if not t[key] then t[key] = {} end
  return t[key]
end

-- A function is of the version that its file has when it is first seen to run.
local function find(f)
  local info = getinfo(f, "S")
  local key = sub(info.source, 1, 1) == "@" and sub(info.source, 2)
  local module = key and by_key[key]
  if not module then
    lines_of[f] = NONE
    return NONE
  end
  local functions = child(child(counted, key), module.version)
  local entry = functions[info.linedefined]
  if not entry then
    entry = { key = key, version = module.version, first = info.linedefined, last = info.lastlinedefined, lines = {} }
    functions[info.linedefined] = entry
  end
  lines_of[f] = entry.lines
  return entry.lines
end

local function hook(event, line)
  if event == "count" then return K.countdown.look() end
  if not line then return end -- the kernel's own, which has no lines
  local f = getinfo(2, "f").func
  local lines = lines_of[f] or find(f)
  lines[line] = (lines[line] or 0) + 1
end

local function watch(co)
  if K.grants.counted then return sethook(co, hook, "l", LOOK) end
  sethook(co, hook, "l")
end

---Counts from now on, in whatever the host calls.
function M.arm()
  if K.grants.counted then return sethook(hook, "l", LOOK) end
  sethook(hook, "l")
end

-- In plain Lua each coroutine has a hook of its own.
local function watch_coroutines()
  local library, native = K.libraries.coroutine, rawget(K, "native_coroutines")
  local create, resume = library.create, library.resume
  local function create_watched(f)
    local co = create(f)
    watch(co)
    return co
  end
  local function unwrapped(ok, ...)
    if ok then return ... end
    local e = (...)
    error(e, type(e) == "string" and 2 or 0)
  end
  library.create = create_watched
  if native then
    native.create = create_watched
  else
    library.wrap = function(f)
      local co = create_watched(f)
      return function(...) return unwrapped(resume(co, ...)) end
    end
  end
end

---Answers what was counted since this was asked last: a list of functions, each with pairs of a line and a count.
function M.take()
  local list = {}
  for _, versions in next, counted do
    for _, functions in next, versions do
      for _, entry in next, functions do
        local pairs = {}
        for line, count in next, entry.lines do
          pairs[#pairs + 1], pairs[#pairs + 2] = line, count
          entry.lines[line] = nil
        end
        list[#list + 1] = { key = entry.key, version = entry.version, first = entry.first, last = entry.last, lines = pairs }
      end
    end
  end
  return list
end

if jit then
  jit.off()
  jit.flush()
else
  watch_coroutines()
end
M.arm()

return M
