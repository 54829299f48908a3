-- looks: what is asked while somebody types at a prompt.
local K = ...
local turn, inline = K.turn, K.inline
local M = {}

-- Leaves the search for changes out, at the end of this turn alone: it would run code of the guest after what changes nothing and
-- runs none itself. What is nested in another turn has no end of its own.
local function leave_out(is_alone)
  local detect = turn.detect
  if not is_alone or not detect then return end
  function turn.detect() turn.detect = detect end
end

---Answers the names that `asked` asks for; see `completion`.
function M.complete(asked, is_alone)
  local names = K.completion.names(asked)
  leave_out(is_alone)
  return names
end

---Answers whether more lines could make a text that doesn't compile an expression or a chunk.
function M.is_incomplete(text, is_alone)
  local is_expression, message = K.compat.load("return " .. text, "=text", K.env, "t")
  local is_chunk, complaint = K.compat.load(text, "=text", K.env, "t")
  leave_out(is_alone)
  return not is_expression and not is_chunk and (inline.is_cut(message) or inline.is_cut(complaint))
end

return M
