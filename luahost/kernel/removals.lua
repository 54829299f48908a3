-- removals: takes fields that a prototype no longer declares out of its instances, when all steps are done.
local K = ...
local families, records, EMPTY = K.families, K.prototypes.records, K.inits.EMPTY
local next, rawset, getmetatable = next, rawset, K.compat.getmetatable
local M = {}

-- A field that a prototype on the instance's own chain still declares has only moved: it stays.
local function is_declared(prototype, field)
  local steps = 0
  while prototype and steps < 100 do
    local record = records[prototype]
    if record and record.stored[field] ~= nil then return true end
    prototype, steps = families.parent_of(prototype), steps + 1
  end
  return false
end

local function leaving(prototype, removed)
  local out = {}
  for field in next, removed do
    if not is_declared(prototype, field) then out[#out + 1] = field end
  end
  return out
end

---Takes the fields `removed` out of the first `n` of `list`, but for the `failed` ones.
function M.remove(list, n, removed, failed)
  local by_prototype = {}
  for i = 1, n do
    local instance = list[i]
    if not failed[instance] then
      local prototype = getmetatable(instance) or EMPTY
      local fields = by_prototype[prototype]
      if not fields then
        fields = leaving(prototype, removed)
        by_prototype[prototype] = fields
      end
      for j = 1, #fields do rawset(instance, fields[j], nil) end
    end
  end
end

return M
