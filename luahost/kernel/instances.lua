-- instances: which live tables belong to which prototype. Weak: a dropped instance leaves nothing behind.
--
-- Each prototype has one set `instance -> age`; the age is a counter that rises with every queued mutation, so that a step
-- knows the instances that were there before it. A value never refers to its key (LuaJIT has no ephemerons).
local K = ...
local collectgarbage = collectgarbage
local M = {}

local weak = { __mode = "k" }
local function new_set() return setmetatable({}, weak) end

local sets = new_set() -- prototype -> set
local age = 1
local journal -- instance -> the prototype it had (false: none), while a transaction wants to know
local made = 0
local counted, memory_kb = 0, 0 -- live instances at the last count, and the VM's memory then

M.sets, M.new_set = sets, new_set

---Begins to write into `notes` who is made or moved; nil ends it.
function M.keep_journal(notes) journal = notes end

---Answers how many were made since this was asked last.
function M.take_made()
  local count = made
  made = 0
  return count
end

---Notes how many live instances a count has found.
function M.note_count(live) counted, memory_kb = live, collectgarbage("count") end

---Answers whether it is worth while to count: inline code runs often, and few instances take no room.
function M.is_count_due(is_inline)
  if counted + made < 1000 then return false end
  return not is_inline or made > counted or collectgarbage("count") < memory_kb / 2
end

---Lua's `session:create`, at its quickest where nothing can be wrong: a known prototype, and a table that isn't an instance.
function M.create_checked(self, prototype, instance)
  local set = sets[prototype]
  if not set or journal or self ~= K.session or instance ~= nil and (type(instance) ~= "table" or getmetatable(instance) ~= nil) then
    return K.creation.create(self, prototype, instance)
  end
  instance = instance or {}
  set[instance] = age
  made = made + 1
  return setmetatable(instance, prototype)
end

---Makes `instance` (a new table if nil) a tracked instance of `prototype`.
function M.create(prototype, instance)
  local set = sets[prototype]
  if not set then
    set = new_set()
    sets[prototype] = set
  end
  made = made + 1
  if instance == nil then
    instance = {}
  elseif getmetatable(instance) ~= nil then
    return K.creation.move(instance, prototype, age, journal)
  end
  if journal and journal[instance] == nil then journal[instance] = false end
  set[instance] = age
  return setmetatable(instance, prototype)
end

---Answers the present age and lets all later instances be younger.
function M.next_age()
  age = age + 1
  return age - 1
end

return M
