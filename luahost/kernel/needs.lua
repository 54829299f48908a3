-- needs: which variables have to be computed. A limit may end this anywhere: it begins anew as long as `variables.is_stale`.
local K = ...
local variables = K.variables
local M = {}

-- Whether the node, or one above it, is switched off.
local function mark(node)
  local parent = node.parent
  node.place = nil
  node.is_off = node.properties.inactive ~= nil or (parent ~= nil and parent.is_off)
  node.is_needed = node.watched > 0 and variables.is_readable(node)
end

-- Answers the nodes that are there, in order of creation, each marked.
local function remaining()
  local order, kept, n = variables.order, {}, 0
  for i = 1, #order do
    local node = order[i]
    if node.is_gone then
      variables.empty(node)
    else
      n = n + 1
      kept[n] = node
      mark(node)
    end
  end
  return kept, n
end

---Answers the nodes that have to be computed: those that are watched and those above them, without what is switched off. What
---was read of the others goes.
function M.list()
  local order, n = remaining()
  variables.order = order
  for i = n, 1, -1 do
    if order[i].is_needed and order[i].parent then order[i].parent.is_needed = true end
  end
  local list, count = {}, 0
  for i = 1, n do
    if order[i].is_needed and not order[i].is_off then
      count = count + 1
      list[count] = order[i]
    else
      variables.forget(order[i])
    end
  end
  return list, count
end

return M
