---@meta _

--- What a wrapper gets of the variable that it stands in for.
---@class luahost.Variable
local Variable = {}

---@return integer|string id
function Variable:getId() end

---@return any
function Variable:getValue() end

---@param name string
---@return string?
function Variable:getProperty(name) end

---@param name string
---@param value? string nil unsets it
function Variable:setProperty(name, value) end

---@return table? wrapper
function Variable:getWrapper() end

--- The wrapper of lists that comes with luahost.
---@class lua.ViewList
---@field items lua.ViewListItem[]
---@field selectionIndex integer -1 for none
local ViewList = {}

---@param variable luahost.Variable
---@return lua.ViewList
function ViewList:new(variable) end

--- Brings the items in step with a list; each object keeps its item wherever it moves to.
---@param value? any[]
function ViewList:sync(value) end

--- Takes an item out of the list that is shown.
---@param index integer from 0
function ViewList:removeAt(index) end

--- What a `lua.ViewList` makes of each object, and what `itemWrapper=T` gives to `T:new(item)`.
---@class lua.ViewListItem
---@field item any the presenter: `T:new(item)`, or the object itself
---@field baseItem any the object
---@field list lua.ViewList
---@field index integer from 0
local ViewListItem = {}

--- Takes the object out of the list that is shown.
function ViewListItem:remove() end
