-- hooks: functions that want to be told of a reload or of the session's end.
local K = ...
local errors = K.errors
local type, next, xpcall = type, next, xpcall
local M = { by_id = {} }
local by_id = M.by_id
local last_id = 0
local closed = 0 -- how many of all that were made are known to be gone

local MOST = 10000

local function is_full()
  local count = 0
  for _ in next, by_id do count = count + 1 end
  closed = last_id - count
  return count >= MOST
end

local function add(self, kind, f)
  if self ~= K.session then K.arguments.colon(kind) end
  if type(f) ~= "function" then K.arguments.wrong(1, kind, "function", f) end
  if last_id - closed >= MOST and is_full() then error("too many hooks: a session has at most " .. MOST, 3) end
  last_id = last_id + 1
  local id = last_id
  by_id[id] = { id = id, kind = kind, call = f, module = K.modules.current, run = K.modules.run_number }
  return { close = function() by_id[id] = nil end }
end

function M.remove(id) by_id[id] = nil end

---Calls every hook of `kind`, in the order they were made; one that raises is reported and stops no other.
function M.call(kind, ...)
  local ids = {}
  for id, hook in next, by_id do
    if hook.kind == kind then ids[#ids + 1] = id end
  end
  table.sort(ids)
  for i = 1, #ids do
    local hook = by_id[ids[i]]
    if hook then
      local ok, e = xpcall(hook.call, errors.handler, ...)
      if not ok then K.logs.error(errors.ensure(e)) end
    end
  end
end

---Drops the hooks that an earlier run of the module made, kind by kind, if the run `since` made any of that kind.
function M.renew(key, since)
  for _, kind in next, { "onReload", "onClose" } do
    local old, is_new = {}, false
    for id, hook in next, by_id do
      if hook.module == key and hook.kind == kind then
        if hook.run == since then is_new = true else old[#old + 1] = id end
      end
    end
    for i = 1, is_new and #old or 0 do by_id[old[i]] = nil end
  end
end

M.api = {
  onReload = function(self, f) return add(self, "onReload", f) end,
  onClose = function(self, f) return add(self, "onClose", f) end,
}

return M
