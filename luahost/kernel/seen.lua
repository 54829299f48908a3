-- seen: what containers hold without being anybody's.
local K = ...
local inventory, base, seen, see = K.inventory, K.written.base, K.written.seen, K.written.see
local next, rawget, rawequal, setmetatable = next, rawget, rawequal, setmetatable
local M = {}

local weak_values = { __mode = "v" }

local function pass_over(container)
  local at_start, before, is_given = base[container] or {}, seen[container] or setmetatable({}, weak_values), inventory.given()
  seen[container] = before
  for k, v in next, container do
    local was = at_start[k]
    local is_same = was ~= nil and not is_given[was] and was == v and before[k] == v
    if not is_same and not rawequal(before[k], v) then see(container, k, v) end
  end
  for k in next, before do
    if rawget(container, k) == nil then see(container, k, nil) end
  end
end

---Lets what is in `all` the containers now be nobody's: it appeared while the application ran.
function M.pass_over(all)
  for i = 1, #all do pass_over(all[i]) end
end

---Does the same with `session`, `_G` and the tables that globals name.
function M.pass_over_shared()
  pass_over(K.session)
  pass_over(K.env)
  inventory.each_named(pass_over)
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
