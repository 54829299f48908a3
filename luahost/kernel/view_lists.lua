-- view_lists: the wrapper `lua.ViewList`: a list as items `{item, baseItem, list, index}`, whose presenters follow their objects.
local K = ...
local wrapping, values, rawlen = K.wrapping, K.values, K.compat.rawlen
local type, rawget, rawequal, setmetatable = type, rawget, rawequal, setmetatable
local remove = table.remove
local M = {}

local ViewList = { type = "lua.ViewList" }
ViewList.__index = ViewList
local ViewListItem = { type = "lua.ViewListItem" }
ViewListItem.__index = ViewListItem
M.ViewList, M.ViewListItem = ViewList, ViewListItem

---Makes the list of a variable.
function ViewList:new(variable)
  local list = setmetatable({ items = values.as_list({}), selectionIndex = -1, nextId = -1, _variable = variable }, self)
  variable:setProperty("fallbackNamespace:high", "list-item")
  list:sync(variable:getValue())
  return list
end

local function new_item(list, base, index, maker, name)
  local item = setmetatable({ baseItem = base, list = list, index = index }, ViewListItem)
  item.item = base
  if maker then item.item = wrapping.make(maker, name, item) end
  return item
end

-- The items by what each shows; of what is there twice, a list, the first at its end.
local function pooled(items)
  local pool = {}
  for i = rawlen(items), 1, -1 do
    local base = items[i].baseItem
    if base ~= nil and base == base then
      pool[base] = pool[base] or {}
      pool[base][#pool[base] + 1] = items[i]
    end
  end
  return pool
end

-- What makes the presenters of the items; nil where each object stands for itself.
local function maker_of(list)
  local name = list._variable:getProperty("itemWrapper")
  return name and wrapping.presenter(name), name
end

---Brings the items in step with a list: each object keeps its item and presenter wherever it moves to. Nil empties it.
function ViewList:sync(value)
  local maker, name = maker_of(self)
  local pool = rawequal(maker, self._maker) and pooled(self.items) or {}
  local items = values.as_list({})
  for i = 1, type(value) == "table" and rawlen(value) or 0 do
    local base = rawget(value, i)
    local has = base ~= nil and pool[base]
    local item = has and remove(has) or new_item(self, base, i - 1, maker, name)
    item.index, items[i] = i - 1, item
  end
  self.items, self._maker, self._value = items, maker, value
end

---Answers whether the items are still made by what would make them now.
function M.is_current(list) return rawequal((maker_of(list)), list._maker) end

---Takes the item at an index, counted from 0, out of the list that is shown.
function ViewList:removeAt(index)
  if type(self._value) == "table" and index >= 0 and index < rawlen(self._value) then remove(self._value, index + 1) end
end

-- Answers where an item's object is in the list that is shown: others may have come and gone since the items were brought in step.
local function place_of(item)
  local shown, at = item.list._value, item.index + 1
  if type(shown) ~= "table" or not rawequal(item.list.items[at], item) then return nil end
  if rawequal(rawget(shown, at), item.baseItem) then return at end
  for i = 1, rawlen(shown) do
    if rawequal(rawget(shown, i), item.baseItem) then return i end
  end
end

---Takes the item out of the list that is shown; one that is there no more is nothing.
function ViewListItem:remove()
  local at = place_of(self)
  if at then remove(self.list._value, at) end
end

return M
