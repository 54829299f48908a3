--- A message board with rooms: timers, presence, and what to do when code is replaced under them.
---
--- To see a reload reach a running timer: `app.board:join("Ann")`, then change `awayAfter` below to 5 and save. The
--- timer of the board goes on, and five seconds later `app.board:people()` shows that Ann is away.
---
--- The prototypes have dotted names: all of an app go with one `session:removePrototype("board", true)`.

local Desk = require("board.desk")
local Room = require("board.room")
local guide = require("guide")
local text = require("text")

---@class Board
---@field awayAfter integer ticks until a silent guest is away
---@field goneAfter integer ticks until a silent guest leaves
---@field tickMs number
---@field typingMs number how long a sign of typing lasts
---@field rooms board.Room[]
---@field desk board.Desk
---@field _timer? integer
local Board = session:prototype("board.Board", {
  awayAfter = 60,
  goneAfter = 600,
  tickMs = 1000,
  typingMs = 3000,
  rooms = EMPTY,
  desk = EMPTY,
  _timer = EMPTY,
})

-- A saved session begins without timers: what stands for one is not saved with it. Whoever restores the board wakes it.
session:transient(Board, { "_timer" })

--- Makes a board with one room, the lobby.
---@return Board
function Board:new()
  local board = session:create(self, { rooms = {} })
  board:open("lobby", "everything")
  board.desk = Desk:new(board)
  return board
end

--- Called by luahost for a board that is older than its fields.
function Board:mutate()
  self.desk = self.desk or Desk:new(self)
  for _, room in ipairs(self.rooms) do
    room.board = self
  end
end

--- Opens a room, or answers the one that has the name.
---@param name string
---@param topic? string
---@return board.Room
function Board:open(name, topic)
  for _, room in ipairs(self.rooms) do
    if room.name == name then
      return room
    end
  end
  if text.isBlank(name) then
    error("a room needs a name", 0)
  end
  local room = Room:new(name, topic)
  room.board = self
  self.rooms[#self.rooms + 1] = room
  return room
end

--- Returns a room that is open, the lobby if no name is given; raises an error if there is none.
---@param name? string
---@return board.Room
function Board:room(name)
  for _, room in ipairs(self.rooms) do
    if room.name == (name or "lobby") then
      return room
    end
  end
  error("no room " .. tostring(name), 0)
end

--- Starts the timer, unless it runs: a board where nobody is needs none.
---
--- Object and method name instead of a function: the method is looked up at each tick, so a save changes what the
--- next tick does, and the timer itself needs no care.
function Board:wake()
  self._timer = self._timer or session:setInterval(self, "tick", self.tickMs)
end

--- Stops the timer.
function Board:sleep()
  if self._timer then
    session:clearInterval(self._timer)
    self._timer = nil
  end
end

--- Lets one tick pass in all rooms.
function Board:tick()
  local occupied = false
  for _, room in ipairs(self.rooms) do
    room:tick(self.awayAfter, self.goneAfter)
    occupied = occupied or #room.guests > 0
  end
  if not occupied then
    self:sleep()
  end
end

--- Lets somebody into a room.
---@param name string
---@param roomName? string the lobby if not given
---@return board.Guest
function Board:join(name, roomName)
  if text.isBlank(name) then
    error("a guest needs a name", 0)
  end
  local guest = self:room(roomName):join(text.trim(name))
  self:wake()
  return guest
end

--- Lets somebody out of a room.
---@param name string
---@param roomName? string
function Board:leave(name, roomName)
  self:room(roomName):leave(name)
end

--- Notes that somebody is typing, for a few seconds.
---@param name string
---@param roomName? string
function Board:typing(name, roomName)
  self:join(name, roomName):startTyping(self.typingMs)
end

--- Posts a message; whoever isn't in the room joins it. A message that begins with `/` is a command as well: `/who`,
--- `/topic cats`.
---@param name string
---@param words string
---@param roomName? string
---@return board.Message
function Board:post(name, words, roomName)
  if text.isBlank(words) then
    error("a message needs some words", 0)
  end
  local room = self:room(roomName)
  self:join(name, roomName):stopTyping()
  local message = room:add(name, text.trim(words))
  local command, rest = message.text:match("^/(%a+)%s*(.*)$")
  if command then
    -- In a turn of its own: whoever posted sees the message first, and an error in the answer can't undo it.
    session:setImmediate(function()
      self:answer(room, command, rest)
    end)
  end
  return message
end

--- Answers a command, in the room where it was given.
---@param room board.Room
---@param command string
---@param rest string what stands behind the command
function Board:answer(room, command, rest)
  if command == "who" then
    local names = {}
    for position, guest in ipairs(room.guests) do
      names[position] = guest.name .. (guest.away and " (away)" or "")
    end
    room:announce("here: " .. table.concat(names, ", "))
  elseif command == "topic" then
    room.topic = rest ~= "" and rest or nil
    room:announce("topic: " .. (room.topic or "none"))
  else
    room:announce("no command /" .. command .. "; there are /who and /topic")
  end
end

--- Returns who is in a room, as plain data.
---@param roomName? string
---@return { name: string, away: boolean, typing: boolean }[]
function Board:people(roomName)
  local people = {}
  for position, guest in ipairs(self:room(roomName).guests) do
    people[position] = { name = guest.name, away = guest.away, typing = guest.typing }
  end
  return people
end

--- Returns the messages of a room, a line each.
---@param roomName? string
---@return string[]
function Board:read(roomName)
  local lines = {}
  for position, message in ipairs(self:room(roomName).messages) do
    lines[position] = message:summary()
  end
  return lines
end

--- Called after each reload. What a changed default can't reach by itself is brought to it here: a timer keeps the
--- interval that it was started with. (`mutate` would be too early, since fields read there as before the change.)
function Board:reloaded()
  if self._timer then
    self:sleep()
    self:wake()
  end
  for _, room in ipairs(self.rooms) do
    if #room.guests > 0 then
      room:announce("new code, generation " .. session.generation)
    end
  end
end

-- Asked for once in the life of a session, however often this file runs: the mark stands on the prototype, where
-- fields outside the init table survive. (`if not session.reloading` would leave out the sessions that were running
-- already when these lines were written.)
if not Board.listening then
  Board.listening = true
  session:onReload(function()
    for board in session:instances(Board) do
      board:reloaded()
    end
  end)
end

--- Prints what can be tried.
function Board:help()
  guide.show("The board, " .. text.plural(#self.rooms, "room"), {
    { 'app.board:join("Ann")', "lets Ann into the lobby" },
    { 'app.board:post("Ann", "hello")', "posts; /who and /topic cats are commands" },
    { 'app.board:typing("Ann")', "typing for three seconds: look at people()" },
    { "app.board:people()", "who is here, away, typing" },
    { "app.board:read()", "the messages of the lobby" },
    { 'app.board:open("garden", "plants")', "another room; its name is the last argument of the others" },
    { 'app.board:leave("Ann")', "lets Ann out" },
  })
end

return Board
