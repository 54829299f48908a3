-- refusals: what a peer, or a path, can't have. Raised as a value that says so in a code and a sentence, with no Lua stack.
--
-- Codes: path-failure, not-found, bad-message, access, lua-error, limit, unauthorized, gone.
local K = ...
local errors = K.errors
local error, getmetatable, setmetatable, type = error, getmetatable, setmetatable, type
local format = string.format
local M = {}

local REFUSAL = {}

---Refuses with a code and a sentence.
function M.refuse(code, sentence, ...)
  error(setmetatable({ code = code, description = format(sentence, ...) }, REFUSAL), 0)
end

---The message handler of a protected call that may end in a refusal.
function M.handler(e)
  if type(e) == "table" and getmetatable(e) == REFUSAL then return e end
  return errors.handler(e)
end

---Answers code and sentence of what a protected call with this handler answered. A limit that ended it is raised again.
function M.told(e)
  if type(e) == "table" and getmetatable(e) == REFUSAL then return e.code, e.description end
  local record = errors.ensure(e)
  if record.kind == "limit" then error(record, 0) end
  return "lua-error", errors.text(record)
end

return M
