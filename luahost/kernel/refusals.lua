-- refusals: what a peer, or a path, can't have. Raised as a value that says so in a code and a sentence, with no Lua stack.
--
-- Codes: path-failure, not-found, bad-message, access, lua-error, limit, unauthorized, gone.
local K = ...
local errors = K.errors
local error, setmetatable, type, xpcall = error, setmetatable, type, xpcall
local format = string.format
local M = {}

-- What is raised is an empty table, since guests can catch it; what it says stands here.
local said = setmetatable({}, { __mode = "k" })

local function is_refusal(e) return type(e) == "table" and said[e] ~= nil end

---Refuses with a code and a sentence.
function M.refuse(code, sentence, ...)
  local refusal = {}
  said[refusal] = { code = code, description = format(sentence, ...) }
  error(refusal, 0)
end

---The message handler of a protected call that may end in a refusal.
function M.handler(e)
  if is_refusal(e) then return e end
  return errors.handler(e)
end

---Answers code and sentence of what a protected call with this handler answered. A limit that ended it is raised again.
function M.told(e)
  if is_refusal(e) then return said[e].code, said[e].description end
  local record = errors.ensure(e)
  if record.kind == "limit" then error(record, 0) end
  return "lua-error", errors.text(record)
end

---Answers the first result of `f(...)`, which application code has asked for: it sees a refusal as an error at the line of its call.
function M.guarded(f, ...)
  local ok, result = xpcall(f, M.handler, ...)
  if ok then return result end
  if is_refusal(result) then K.arguments.refuse(said[result].description) end
  error(result, 0)
end

return M
