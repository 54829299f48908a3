-- declarations: what is wrong with a declaration of a prototype, and what to do with one that is right and not the first.
local K = ...
local prototypes, arguments = K.prototypes, K.arguments
local by_name, records = prototypes.by_name, prototypes.records
local type, rawequal, format = type, rawequal, string.format
local M = {}

local function check(self, name, init, base)
  if self ~= K.session then arguments.colon("prototype") end
  if type(name) ~= "string" then arguments.wrong(1, "prototype", "string", name) end
  if name == "" then arguments.refuse("bad argument #1 to 'prototype' (a name can't be empty)") end
  if init ~= nil and type(init) ~= "table" then arguments.wrong(2, "prototype", "table or nil", init) end
  if base ~= nil and type(base) ~= "table" then arguments.wrong(3, "prototype", "table or nil", base) end
  if init ~= nil and records[init] and records[init].name ~= name then
    arguments.refuse(format("bad argument #2 to 'prototype' (this table is the prototype '%s' already)", records[init].name))
  end
  if base and by_name[name] and K.families.derives(base, by_name[name]) or base ~= nil and rawequal(base, init) then
    arguments.refuse(format("bad argument #3 to 'prototype' ('%s' would inherit from itself)", name))
  end
end

---Declares the prototype `name` if nothing is wrong with that; answers it.
function M.declare(self, name, init, base)
  check(self, name, init, base)
  local prototype = by_name[name]
  if not prototype then return prototypes.register(name, init, base) end
  K.redeclaration.declare(prototype, init, base)
  return prototype
end

return M
