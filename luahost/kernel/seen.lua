-- seen: what containers hold without being anybody's.
local K = ...
local inventory, copies, seen, see = K.inventory, K.copies, K.written.seen, K.written.see
local next, rawget, rawequal, setmetatable = next, rawget, rawequal, setmetatable
local M = {}

local weak_values, gone = { __mode = "v" }, copies.gone

local function pass_over(list, at)
  local container = list[at]
  local before = seen[container] or setmetatable({}, weak_values)
  seen[container] = before
  for i = at + 3, list[at + 2], 2 do
    local k, v = list[i], list[i + 1]
    if v ~= gone and not rawequal(before[k], v) then see(container, k, v) end
  end
  for k, saw in next, before do
    local v = rawget(container, k)
    if not rawequal(saw, v) then see(container, k, v) end -- gone, or as at the start again
  end
end

---Lets what containers hold now be nobody's: it appeared while the application ran. `list` has copies of them, from `at` on.
function M.pass_over(list, at)
  while list[at] do
    pass_over(list, at)
    at = list[at + 2] + 1
  end
end

---Lets what containers held when the load that is open began be nobody's, if a load before it was taken back: what had been seen of
---that one isn't there.
function M.catch_up()
  local open = K.loads.open
  if not K.written.is_stale or not open then return end
  M.pass_over(open.kept, open.containers)
  K.written.is_stale = false
end

---Does the same with `session`, `_G` and the tables that globals name.
function M.pass_over_shared()
  local list = {}
  local n = copies.append_shared(list, 0, K.env)
  local named = inventory.named(list, 1)
  n = copies.append_shared(list, n, K.session)
  for i = 1, #named do n = copies.append(list, n, named[i], true, 1) end
  M.pass_over(list, 1)
end

---Forgets tables that are containers no more; all that are have been looked at.
function M.prune(all)
  local count = 0
  for _ in next, seen do count = count + 1 end
  if count == #all then return end
  local living = {}
  for i = 1, #all do living[all[i]] = true end
  for container in next, seen do
    if not living[container] then seen[container] = nil end
  end
end

return M
