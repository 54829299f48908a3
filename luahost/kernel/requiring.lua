-- requiring: Lua's `require`: from a name to the value of its module, which is loaded if it isn't.
local K, host = ...
local modules = K.modules
local by_key, aliases, given = modules.by_key, modules.aliases, modules.given
local LOCATE = K.ops.locate
local type = type
local M = {}

-- The module's file is in the plan of a reload and hasn't run again yet: it runs now.
local function is_due(key)
  local due = modules.due
  return due and due[key]
end

local function need(key, name)
  local current = by_key[modules.current]
  if current and key ~= modules.current then current.requires[key] = true end
  if is_due(key) then return modules.run_due(key) end
  local record = by_key[key]
  if record then
    aliases[name] = key
    return record.value
  end
  return K.wholes.run({ on_done = K.wholes.report }, modules.load_first, key, name)
end

local function locate(name)
  local key, _, message = host(LOCATE, name)
  if not key then K.errors.fail("module", message) end
  return key
end

---Lua's `require`.
function M.require(name)
  if type(name) ~= "string" then K.arguments.wrong(1, "require", "string", name) end
  if given[name] ~= nil then return given[name] end
  local key = aliases[name]
  if not key and K.libraries[name] then return K.libraries[name] end
  return need(key or locate(name), name)
end

return M
