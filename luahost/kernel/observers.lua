-- observers: functions of the application that are told of a variable's properties.
local K = ...
local errors = K.errors
local next, xpcall = next, xpcall
local M = { by_id = {}, any = false }
local by_id = M.by_id

local MOST = 10000
local last_id, count = 0, 0

local function call(observer, value, property)
  local ok, e = xpcall(observer.call, errors.handler, value, property)
  if ok then return end
  local record = errors.ensure(e)
  if record.kind == "limit" then errors.raise(record) end
  K.logs.error(record)
end

-- In the order in which they came: a list, since one of them may take itself out.
local function concerned(node, property)
  local ids = {}
  for id, observer in next, by_id do
    if observer.node == node and (observer.property == "*" or observer.property == property) then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return ids
end

---Tells whoever observes a property of the node; an error of one stops no other.
function M.tell(node, property, value)
  local ids = concerned(node, property)
  for i = 1, #ids do
    local observer = by_id[ids[i]]
    if observer then call(observer, value, property) end
  end
end

---Lets `f(value, property)` be called when the property changes; "*" stands for all. Answers a handle.
function M.watch(node, property, f)
  if count >= MOST then K.arguments.refuse("too many property watchers: a session has at most " .. MOST) end
  last_id, count, M.any = last_id + 1, count + 1, true
  by_id[last_id] = { node = node, property = property, call = f, module = K.modules.current, run = K.modules.run_number }
  return last_id
end

---Takes an observer out; one that isn't there is nothing.
function M.unwatch(id)
  if by_id[id] == nil then return end
  by_id[id], count = nil, count - 1
  M.any = count > 0
end

---Drops the observers of variables that are gone.
function M.drop_gone()
  for id, observer in next, by_id do
    if observer.node.is_gone then M.unwatch(id) end
  end
end

---Drops the observers of an earlier run of the module, if the run `since` made any.
function M.renew(key, since)
  local old, is_new = {}, false
  for id, observer in next, by_id do
    if observer.module == key then
      if observer.run == since then is_new = true else old[#old + 1] = id end
    end
  end
  for i = 1, is_new and #old or 0 do M.unwatch(old[i]) end
end

---Answers the last id that was given.
function M.last_id() return last_id end

---Drops what was made behind the id `since` and counts anew, after a transaction was taken back.
function M.revert(since)
  count = 0
  for id in next, by_id do
    if id > since then by_id[id] = nil else count = count + 1 end
  end
  M.any = count > 0
end

return M
