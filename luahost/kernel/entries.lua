-- entries: what the host may call. `call` and what is in `requests` are the whole of what crosses into a session.
local K = ...
local entry = K.turn.entry
local M, own = {}, {}

-- Calls from outside come often, and have a handle of their own.
function own.call(...)
  own.call = K.paths.call
  return own.call(...)
end

function own.run(name, ...)
  if name == "main" then return K.modules.main(...) end
  return K.requests[name](...)
end

M.call, M.run, M.recover = entry(own, "call"), entry(own, "run"), K.later("recovery", "of_turn")

return M
