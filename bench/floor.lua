-- The least that a session is: prototypes by name, instances in weak sets. No checks, no copies, no way back.
local by_name, sets = {}, {}
local weak = { __mode = "k" }
local setmetatable = setmetatable

session = {}
EMPTY = {}

local function create(prototype, instance)
  instance = setmetatable(instance or {}, prototype)
  sets[prototype][instance] = true
  return instance
end

function session:create(prototype, instance) return create(prototype, instance) end

function session:prototype(name, init, base)
  local prototype = by_name[name]
  if prototype then
    for k, v in next, init or {} do prototype[k] = v end
    return prototype
  end
  init.type, init.__index = name, init
  init.new = init.new or create
  by_name[name], sets[init] = init, setmetatable({}, weak)
  return setmetatable(init, base)
end

function session:createAppVariable(object) app = object end

-- What a reload of `P` is: each live instance gets its `mutate`, and one that fails stops no other.
local xpcall = xpcall
local function handler(e) return e end
function migrate(name)
  local prototype = by_name[name]
  local mutate = prototype.mutate
  for instance in next, sets[prototype] do xpcall(mutate, handler, instance) end
end
