-- coroutines: tells the host which coroutine runs, so that it can end one that doesn't end. Plain Lua has a hook for each.
local K, host = ...
local native, library = K.native_coroutines, K.libraries.coroutine
local create, resume, close = native.create, native.resume, native.close
local type, error, next, tonumber, setmetatable, xpcall = type, error, next, tonumber, setmetatable, xpcall
local format = string.format
local RUNNING = K.ops.running
local M = {}

local weak = { __mode = "k" }
local addresses = setmetatable({}, weak) -- coroutine -> address of its state
local resumers = setmetatable({}, weak) -- running coroutine -> the one that resumed it, false for the main one
local doomed = setmetatable({}, weak) -- coroutines that were running when a turn was ended
local running = false -- the innermost coroutine that runs, false for the main one

local function address_of(co)
  local address = tonumber(format("%p", co))
  addresses[co] = address
  if K.grants.counted then K.countdown.watch(co) end
  return address
end

local function begin(co)
  resumers[co], running = running, co
  host(RUNNING, addresses[co] or address_of(co))
end

local function finish(co, ...)
  running, resumers[co] = resumers[co], nil
  host(RUNNING, running and addresses[running] or K.state)
  -- What was counted in the coroutine doesn't count here.
  if K.grants.counted then K.countdown.look() end
  return ...
end

function M.resume(co, ...)
  if type(co) ~= "thread" then return resume(co, ...) end
  begin(co)
  return finish(co, resume(co, ...))
end

local function unwrapped(co, ok, ...)
  if ok then return ... end
  local e = (...)
  if close then M.close(co) end
  error(e, type(e) == "string" and 2 or 0)
end

function M.wrap(f)
  local co = create(f)
  return function(...) return unwrapped(co, M.resume(co, ...)) end
end

---Lua's `coroutine.close`. What a turn was ended in runs without hooks from then on: its `__close` would not be ended.
function M.close(co)
  if type(co) ~= "thread" then return close(co) end
  if doomed[co] then return false, "the coroutine was ended with its turn" end
  begin(co)
  return finish(co, close(co))
end

local function left(co, ...)
  running = co
  return ...
end

---Runs an entry of the host's, which calls in through the main coroutine, whichever has called out.
function M.aside(finish_turn, f, ...)
  local co = running
  running = false
  return left(co, finish_turn(xpcall(f, K.errors.handler, ...)))
end

---Begins anew after a turn that was ended.
function M.reset()
  for co in next, resumers do
    doomed[co], resumers[co] = true, nil
  end
  running = false
end

library.resume, library.wrap = M.resume, M.wrap
if close then library.close = M.close end

return M
