-- fields: the own fields of live instances, one level deep: copied, and put back.
local K = ...
local instances = K.instances
local next, rawget, rawset, rawequal = next, rawget, rawset, rawequal
local M = {}

-- What a copy takes at most: a table and its place among the others, and a field in it.
local TABLE_BYTES, FIELD_BYTES = 192, 64

---Answers a copy of what `instance` has of its own, and how many fields that are.
function M.own(instance)
  local own, count = {}, 0
  for k, v in next, instance do
    own[k], count = v, count + 1
  end
  return own, count
end

---Lets `instance` have the fields `own`, and no others.
function M.put(instance, own)
  for k in next, instance do
    if own[k] == nil then rawset(instance, k, nil) end
  end
  for k, v in next, own do rawset(instance, k, v) end
end

---Answers copies by instance, weakly; nil if they would take more than `most` bytes.
function M.all(most)
  local copies = instances.new_set()
  for _, set in next, instances.sets do
    for instance in next, set do
      local own, count = M.own(instance)
      most = most - TABLE_BYTES - count * FIELD_BYTES
      if most < 0 then return nil end
      copies[instance] = own
    end
  end
  return copies
end

local function differs(instance, own)
  for k, v in next, instance do
    if not rawequal(own[k], v) then return true end
  end
  for k in next, own do
    if rawget(instance, k) == nil then return true end
  end
  return false
end

---Puts `copies` back where instances differ. What these had until now is in `present` before they are touched.
function M.exchange(copies, present)
  local count = 0
  for instance, own in next, copies do
    if differs(instance, own) then
      present[instance], count = M.own(instance), count + 1
      M.put(instance, own)
    end
  end
  return count
end

---Puts all `copies` back.
function M.put_all(copies)
  for instance, own in next, copies do M.put(instance, own) end
end

return M
