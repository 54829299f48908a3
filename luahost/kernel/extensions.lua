-- extensions: what modules wrote into prototypes that they did not declare.
local K = ...
local written, getinfo = K.written, K.compat.getinfo
local seen, see, take = written.seen, written.see, written.take
local next, type, setmetatable = next, type, setmetatable
local M = {}

local weak_values = { __mode = "v" }

---Looks at the prototypes of the modules that this one required.
---Wrappers of another module's methods are known one by one only if each module's run is looked at.
function M.look_at_required(record)
  for key in next, record.requires do
    local required = K.modules.by_key[key]
    for prototype in next, required and required.declared or {} do
      local before = seen[prototype] or {}
      for k, v in next, prototype do
        if type(v) == "function" and before[k] ~= v and written.is_own(record, v) then
          see(prototype, k, v)
          take(record, prototype, k, v)
        end
      end
    end
  end
end

-- A function that a module wrote into another one's prototype.
local function look_at_extension(prototype, k, v)
  local record = K.modules.by_key[getinfo(v, "S").source:sub(2)]
  see(prototype, k, v)
  if record and record.load == written.load then take(record, prototype, k, v) end
end

---Notes, at the end of the outermost load, what its modules wrote into prototypes that they didn't declare.
function M.sweep()
  for prototype in next, K.prototypes.records do
    local before = seen[prototype] or setmetatable({}, weak_values)
    seen[prototype] = before
    for k, v in next, prototype do
      if type(v) == "function" and before[k] ~= v then look_at_extension(prototype, k, v) end
    end
  end
  written.load = written.load + 1
end

return M
