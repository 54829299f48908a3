--- What `app:help()` prints: lines to try at the prompt, with what each of them does.

local M = {}

-- Wider calls push their explanation aside rather than widening the column for all.
M.width = 44

--- Returns a guide as text: a title, then a line for each entry, the explanations below each other.
---@param title string
---@param entries string[][] pairs of a line to type and what it does
---@return string
function M.format(title, entries)
  local lines = { title }
  for _, entry in ipairs(entries) do
    local call, meaning = entry[1], entry[2]
    lines[#lines + 1] = "  " .. call .. (" "):rep(math.max(2, M.width - #call)) .. meaning
  end
  return table.concat(lines, "\n")
end

--- Prints a guide, as one piece: each `print` is a log entry of its own.
---@param title string
---@param entries string[][]
function M.show(title, entries)
  print(M.format(title, entries))
end

return M
