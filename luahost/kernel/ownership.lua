-- ownership: what an entry held before a module wrote it, and what becomes of it when the module goes or its prototype moves.
local K = ...
local seen, base = K.written.seen, K.written.base
local next, type, rawget, rawset = next, type, rawget, rawset
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

---Takes the module's entries out of `session`: what lay under them shows again. With `only_functions`, other values, which are
---state of the session, stay.
function M.take_fields(record, only_functions)
  for k, v in next, record.written[K.session] or {} do
    if rawget(K.session, k) == v and (type(v) == "function" or not only_functions) then
      local under = M.under(record, K.session, k)
      rawset(K.session, k, under)
      seen[K.session][k] = under
    end
  end
end

---Forgets a container that is one no more.
function M.forget(container)
  seen[container] = nil
  for _, record in next, K.modules.by_key do record.written[container] = nil end
end

---Lets the present value of an entry count as looked at.
function M.saw(container, k) if seen[container] then seen[container][k] = rawget(container, k) end end

return M
