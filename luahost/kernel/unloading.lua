-- unloading: takes a module out again, with all that it registered.
local K = ...
local modules = K.modules
local by_key, order, aliases = modules.by_key, modules.order, modules.aliases
local next, type, rawget, sub, gsub, remove = next, type, rawget, string.sub, string.gsub, table.remove
local M = {}

local function is_listed(key)
  for i = #order, 1, -1 do
    if order[i] == key then return i end
  end
end

local function forget(key)
  by_key[key] = nil
  local at = is_listed(key)
  if at then remove(order, at) end
  for name, other in next, aliases do
    if other == key then aliases[name] = nil end
  end
end
M.forget = forget

local function key_of(name)
  if by_key[name] then return name end
  return aliases[name]
end

local function owned(registry, key)
  local out = {}
  for name, entry in next, registry do
    if entry.module == key then out[#out + 1] = name end
  end
  return out
end

-- Calls `remove(id)` for what a run put into a room's registry, if that room was ever needed.
local function remove_of_run(room, remove, run)
  local ids = {}
  for id, entry in next, rawget(K, room) and K[room].by_id or {} do
    if entry.run == run then ids[#ids + 1] = id end
  end
  for i = 1, #ids do K[room][remove](ids[i]) end
end

---Forgets a module that failed while it was loaded first: whoever catches the error is left with nothing of it that goes on.
function M.give_up(record)
  remove_of_run("timers", "remove", record.run)
  remove_of_run("hooks", "remove", record.run)
  remove_of_run("observers", "unwatch", record.run)
  forget(record.key)
end

---Removes what a module registered, and all its names, so that `require` loads it afresh. Unknown is silent.
function M.unload(name)
  local key = key_of(name)
  local record = key and by_key[key]
  if not record then return end
  for _, prototype in next, owned(K.prototypes.records, key) do K.redeclaration.remove(K.session, K.prototypes.records[prototype].name) end
  for _, id in next, owned(K.timers.by_id, key) do K.timers.remove(id) end
  for _, id in next, rawget(K, "observers") and owned(K.observers.by_id, key) or {} do K.observers.unwatch(id) end
  for _, registry in next, { K.ui.presenters, K.ui.wrappers, K.ui.view_definitions, K.hooks.by_id } do
    for _, entry in next, owned(registry, key) do registry[entry] = nil end
  end
  K.ui.mark()
  K.ownership.take_fields(record)
  forget(key)
end

---Unloads each module of a folder and below it.
function M.unload_directory(folder)
  local prefix, keys = gsub(folder, "/+$", "") .. "/", {}
  for key in next, by_key do
    if sub(key, 1, #prefix) == prefix then keys[#keys + 1] = key end
  end
  for i = 1, #keys do M.unload(keys[i]) end
end

local function check(self, name, value)
  if self ~= K.session then K.arguments.colon(name) end
  if type(value) ~= "string" then K.arguments.wrong(1, name, "string", value) end
end

M.api = {
  unloadModule = function(self, name)
    check(self, "unloadModule", name)
    M.unload(name)
  end,
  unloadDirectory = function(self, folder)
    check(self, "unloadDirectory", folder)
    M.unload_directory(folder)
  end,
}

return M
