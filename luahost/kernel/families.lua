-- families: prototypes with all that inherit from them, and the live instances of each.
local K = ...
local instances = K.instances
local sets, new_set, set_of = instances.sets, instances.new_set, K.creation.set_of
local type, next, rawget, rawequal = type, next, rawget, rawequal
local getmetatable, setmetatable = K.compat.getmetatable, K.compat.setmetatable
local M = {}

local peaks = new_set() -- set -> how many live ones its last count found

-- The next table on the way that a field is looked up.
local function parent_of(prototype)
  local meta = getmetatable(prototype)
  local index = type(meta) == "table" and rawget(meta, "__index")
  if type(index) == "table" and not rawequal(index, prototype) then return index end
  return type(meta) == "table" and meta or nil
end
M.parent_of = parent_of

---Answers whether `prototype` is `ancestor` or inherits from it.
function M.derives(prototype, ancestor)
  local steps = 0
  while prototype and steps < 100 do
    if rawequal(prototype, ancestor) then return true end
    prototype, steps = parent_of(prototype), steps + 1
  end
  return false
end

---Answers the sets of `prototype` and of all that inherit from it, as a list.
function M.family(prototype)
  local found = {}
  for other, set in next, sets do
    if M.derives(other, prototype) then found[#found + 1] = set end
  end
  return found
end

---Answers the live instances as a list; with `derived`, those of prototypes that inherit from it too.
function M.list(prototype, derived)
  local out, n = {}, 0
  for _, set in next, derived and M.family(prototype) or { sets[prototype] } do
    for instance in next, set do
      n = n + 1
      out[n] = instance
    end
  end
  return out, n
end

function M.forget(prototype) sets[prototype] = nil end

---Takes back what the journal noted; `keep_made` leaves instances that were made, since live objects may hold them.
function M.revert(notes, keep_made)
  for instance, old in next, notes do
    if old or not keep_made then
      local set = set_of(instance)
      if set then set[instance] = nil end
    end
    if old then
      sets[old] = sets[old] or new_set()
      sets[old][instance] = 0
      setmetatable(instance, old)
    end
  end
end

local counted = new_set() -- set -> how many live ones a step of this load met in it
M.counted = counted

local function count(set)
  local live = 0
  for _ in next, set do live = live + 1 end
  return live
end

-- A weak table never shrinks by itself: one that may have held four times as many is copied into a new one. What it held
-- at most is what the last count found and all that was made since.
local function shrink(prototype, set, grown)
  local live = counted[set] or count(set)
  counted[set] = nil
  local peak = (peaks[set] or 0) + grown
  if live * 4 >= peak then
    peaks[set] = live
    return live
  end
  local fresh = new_set()
  for instance, since in next, set do fresh[instance] = since end
  sets[prototype], peaks[fresh] = fresh, live
  return live
end

---Gives back the room of sets whose instances have gone.
function M.shrink()
  local made, live = instances.take_made(), 0
  local stale = {}
  for prototype, set in next, sets do stale[#stale + 1] = { prototype, set } end
  for i = 1, #stale do live = live + shrink(stale[i][1], stale[i][2], made) end
  instances.note_count(live)
end

return M
