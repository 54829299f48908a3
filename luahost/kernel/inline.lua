-- inline: chunks that the host hands over as text.
local K = ...
local errors = K.errors
local find, sub = string.find, string.sub
local M = {}

---Runs a chunk as a load of its own and answers what it answers.
function M.eval(code, name)
  local chunk, message = K.compat.load(code, name, K.env)
  if not chunk then
    local record = errors.syntax(message, sub(name, 2))
    record.incomplete = find(message, "near '?<eof>'?$") ~= nil
    errors.raise(record)
  end
  return K.loads.whole({ inline = true, on_done = K.turn.report_mutations }, chunk)
end

---Runs a chunk and drops what it answers.
function M.execute(code, name) M.eval(code, name) end

return M
