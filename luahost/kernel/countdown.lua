-- countdown: asks the host now and then whether the turn's time is over, where the host can't reach Lua's hook from outside.
-- It is on all the time, and halves the speed of a tight loop.
local K, host = ...
local sethook, error = debug.sethook, error
local IS_OVER = K.ops.is_over
local M = {}

local INSTRUCTIONS = 100000

local function look()
  if not host(IS_OVER) then return end
  sethook(look, "", 1) -- from now on at each instruction, until the turn is out
  error("the turn's time is over", 0)
end

---Ends what runs if the time is over.
M.look = look

---Lets a coroutine be looked at, too.
function M.watch(co) sethook(co, look, "", INSTRUCTIONS) end

---Begins to look, or goes back to looking now and then.
function M.start() sethook(look, "", INSTRUCTIONS) end

return M
