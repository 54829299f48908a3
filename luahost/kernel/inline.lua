-- inline: chunks that the host hands over as text.
local K = ...
local errors = K.errors
local find, sub = string.find, string.sub
local M = {}

---Answers whether a text doesn't compile because it ends too soon, by what `load` said of it.
function M.is_cut(message) return find(message, "near '?<eof>'?$") ~= nil end

-- Who comes from a prompt forgets that a chunk answers by `return`.
local function advice(code)
  return K.compat.load("return " .. code, "=advice", K.env) and " (a chunk answers a value by `return`)" or ""
end

---Runs a chunk as a load of its own and answers what it answers.
function M.eval(code, name)
  local chunk, message = K.compat.load(code, name, K.env)
  if not chunk then
    local record = errors.syntax(message, sub(name, 2))
    record.incomplete = M.is_cut(message)
    record.message = record.message .. advice(code)
    errors.raise(record)
  end
  return K.wholes.run({ inline = true, on_done = K.wholes.report }, chunk)
end

---Runs a chunk and drops what it answers.
function M.execute(code, name) M.eval(code, name) end

return M
