---@meta _

--- Declares a field that begins as nil: `session:prototype("Contact", { email = EMPTY })`.
---@type any
EMPTY = nil

-- Names of Lua 5.1, on every VM.

---@param list table
---@param i? integer
---@param j? integer
---@return any ...
function unpack(list, i, j) end

---@param text string
---@param chunkname? string
---@return function? chunk
---@return string? message
function loadstring(text, chunkname) end

---@param list table
---@return integer
function table.getn(list) end

---@param x number
---@param y number
---@return number
function math.pow(x, y) end
