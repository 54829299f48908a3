--- Where the board's page is: in which room, who writes, and what has been typed.

local text = require("text")

---@class board.Desk
---@field board board.Board
---@field room board.Room
---@field name string who writes
---@field words string the message that is being written
---@field opening string the name of a room to open
---@field problem? string why the last attempt to do something failed
local Desk = session:prototype("board.Desk", {
  board = EMPTY,
  room = EMPTY,
  name = "",
  words = "",
  opening = "",
  problem = EMPTY,
})

--- Makes the desk of a board, in its first room.
---@param board board.Board
---@return board.Desk
function Desk:new(board)
  return session:create(self, { board = board, room = board.rooms[1] })
end

--- Does something, and keeps what is wrong with it for the page.
---@param action function
---@return boolean ok
function Desk:try(action)
  local ok, problem = pcall(action)
  self.problem = not ok and problem or nil
  return ok
end

--- Posts what has been typed.
function Desk:post()
  local ok = self:try(function()
    self.board:post(self.name, self.words, self.room.name)
  end)
  if ok then
    self.words = ""
  end
end

--- Tells the others in the room that somebody is typing. Whoever has no name yet isn't there for them.
function Desk:typing()
  if not text.isBlank(self.name) then
    self.board:typing(self.name, self.room.name)
  end
end

--- Opens a room, or goes to it if there is one of that name.
function Desk:open()
  local ok = self:try(function()
    self.room = self.board:open(text.trim(self.opening))
  end)
  if ok then
    self.opening = ""
  end
end

return Desk
