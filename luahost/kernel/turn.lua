-- turn: every crossing from the host. Runs an entry protected, settles what the turn left open, and answers bytes and numbers.
--
-- An entry answers `0, value` (nil, boolean, number or string), `1, packed list of values` or `2, packed error record`.
local K = ...
local errors = K.errors
local handler, nesting = errors.handler, rawget(K, "nesting")
local M = {} -- `unsettled`: something waits for the end of the turn
local depth = 0

-- Entries within callbacks within entries use up the C stack; Lua's own limit comes at 66.
local MAX_DEPTH = 40

local PLAIN = 0

local function settle()
  M.unsettled = false
  if K.loads.depth > 0 then K.recovery.of_stray_load() end
  if K.prototypes.queue[1] then K.wholes.report(K.mutation.pass()) end
  if rawget(K, "timers") then K.timers.announce() end
  if M.tell then M.tell() end
end

-- What the turn changed is found out when all else is done; `detect` is there once somebody may want to know.
local function conclude()
  if M.unsettled then settle() end
  if M.detect then M.detect(settle) end
end

-- What a limit ended is settled by `recover`.
local function is_ended(e) return errors.ensure(e).kind == "limit" end

local function finish(ok, ...)
  if depth == 1 and (M.unsettled or M.detect) and (ok or not is_ended(...)) then
    local settled, e = xpcall(conclude, handler)
    if not settled and rawget(K, "mutation") then K.mutation.abandon(nil) end
    depth = 0
    if not settled and ok then return K.answers.failed(errors.ensure(e)) end
  else
    depth = depth - 1
  end
  if not ok then return K.answers.failed(errors.ensure((...))) end
  if select("#", ...) > 1 then return K.answers.packed(...) end
  local value = (...)
  local kind = type(value)
  if kind == "number" or kind == "nil" or kind == "string" or kind == "boolean" then return PLAIN, value end
  return K.answers.packed(value)
end

---Makes an entry of the host out of what stands in `place` under `name` when it is called.
function M.entry(place, name)
  return function(...)
    if depth >= MAX_DEPTH then return K.answers.failed(errors.new("error", "calls into the session are nested too deep")) end
    depth = depth + 1
    if nesting and depth == 1 then nesting.reset() end
    if depth > 1 then
      M.was_entered = true -- in a turn that was running
      if rawget(K, "coroutines") then return K.coroutines.aside(finish, place[name], ...) end
    end
    return finish(xpcall(place[name], handler, ...))
  end
end

---Begins anew after a turn that a limit ended.
function M.reset() depth = 0 end

return M
