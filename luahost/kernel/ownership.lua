-- ownership: what an entry held before a module wrote it, and what becomes of it when the module goes or its prototype moves.
local K = ...
local seen, see, base = K.written.seen, K.written.see, K.written.base
local next, type, rawget, rawset, rawequal = next, type, rawget, rawset, rawequal
local M = {}

-- A prototype came from another file, which doesn't declare it any more: what only that file wrote leaves it.
function M.settle_moved(record)
  for prototype, former in next, K.prototypes.moved do
    if record.declared[prototype] then
      K.prototypes.moved[prototype] = nil
      for k, v in next, former.written[prototype] or {} do
        if rawget(prototype, k) == v then rawset(prototype, k, nil) end
      end
      former.written[prototype] = nil
    end
  end
end

---Answers what `container[k]` held under the module's own entry: an earlier module's, or what was there at the start.
function M.under(record, container, k)
  local found = base[container] and base[container][k]
  for _, key in next, K.modules.order do
    if key == record.key then break end
    local other = K.modules.by_key[key].written[container]
    if other and other[k] ~= nil then found = other[k] end
  end
  return found
end

---Takes the module's entries out of `session`: what lay under them shows again.
function M.take_fields(record)
  for k, v in next, record.written[K.session] or {} do
    if rawequal(rawget(K.session, k), v) then
      rawset(K.session, k, M.under(record, K.session, k))
      M.saw(K.session, k)
    end
  end
end

---Takes the module's functions from where they lie over others (out of `session`, all of them); answers which, by container.
function M.uncover(record)
  local taken = {}
  for container, entries in next, record.written do
    taken[container] = {}
    for k, v in next, entries do
      local under = type(v) == "function" and rawget(container, k) == v and M.under(record, container, k)
      if under or (under == nil and rawequal(container, K.session)) then
        rawset(container, k, under)
        M.saw(container, k)
        taken[container][k] = true
      end
    end
  end
  return taken
end

---Forgets a container that is one no more.
function M.forget(container)
  seen[container] = nil
  for _, record in next, K.modules.by_key do record.written[container] = nil end
end

---Lets the present value of an entry count as looked at.
function M.saw(container, k) if seen[container] then see(container, k, rawget(container, k)) end end

return M
