--- The rooms of the board, and what is in them: guests and messages.
---
--- A file of its own under the app's folder, required as "board.room". Its prototypes are reached through the
--- registry, so the board in `app.lua` needs nothing but `Room`.

local Record = require("record")

---@class board.Message : Record
---@field author? string nil for what the board says itself
---@field text string
local Message = session:prototype("board.Message", { author = EMPTY, text = "" }, Record)

Message.__tostring = Record.__tostring

---@return string
function Message:summary()
  return (self.author and self.author .. ": " or "-- ") .. self.text
end

--- Returns whether the board itself says it.
---@return boolean
function Message:isNotice()
  return self.author == nil
end

--- Somebody in a room. Presence is counted in ticks of the board's timer, not read from a clock: a session that is
--- saved, stopped for a night and brought back doesn't find everybody gone.
---@class board.Guest
---@field name string
---@field idle integer ticks since the guest last did something
---@field away boolean
---@field typing boolean
---@field _typingTimer? integer
local Guest = session:prototype("board.Guest", {
  name = "",
  idle = 0,
  away = false,
  typing = false,
  -- Fields that begin with `_` never leave the session: nobody outside can use the handle of a timer.
  _typingTimer = EMPTY,
})

--- Notes that the guest did something.
function Guest:touch()
  self.idle = 0
  self.away = false
end

-- The timer that would end it is not there any more when a saved session comes back.
session:transient(Guest, { "typing", "_typingTimer" })

--- Shows the guest as typing, for `forMs` from now. Each call begins the time anew.
---@param forMs number
function Guest:startTyping(forMs)
  self:stopTyping()
  self:touch()
  self.typing = true
  -- The function may outlive the code that made it: after a save it still runs as it was written. So it does nothing
  -- but call a method, and the method is looked up when the time has come.
  self._typingTimer = session:setTimeout(function()
    self:stopTyping()
  end, forMs)
end

--- Shows the guest as not typing. The handle is kept for this: without it, quick typing would pile up timers, and an
--- early one would end what a later one began.
function Guest:stopTyping()
  if self._typingTimer then
    session:clearTimeout(self._typingTimer)
    self._typingTimer = nil
  end
  self.typing = false
end

--- Returns what a page shows beside the name.
---@return string
function Guest:state()
  return self.typing and "is typing" or self.away and "away" or ""
end

---@class board.Room
---@field name string
---@field board? board.Board where the room is
---@field topic? string
---@field keep integer how many messages the room keeps
---@field messages board.Message[]
---@field guests board.Guest[]
local Room = session:prototype("board.Room", {
  name = "",
  board = EMPTY,
  topic = EMPTY,
  keep = 200,
  messages = EMPTY,
  guests = EMPTY,
})

--- Makes an empty room.
---@param name string
---@param topic? string
---@return board.Room
function Room:new(name, topic)
  return session:create(self, { name = name, topic = topic, messages = {}, guests = {} })
end

--- Shows the room at the board's desk.
function Room:enter()
  self.board.desk.room = self
end

--- Returns whether the room is shown at the board's desk.
---@return boolean
function Room:isShown()
  return self.board ~= nil and self.board.desk ~= nil and self.board.desk.room == self
end

--- Returns how many guests there are; nothing for none.
---@return integer?
function Room:occupancy()
  return #self.guests > 0 and #self.guests or nil
end

--- Adds a message; the oldest go when there are more than `keep`.
---@param author? string nil for what the board says itself
---@param words string
---@return board.Message
function Room:add(author, words)
  local message = Message:new({ author = author, text = words })
  self.messages[#self.messages + 1] = message
  while #self.messages > self.keep do
    table.remove(self.messages, 1)
  end
  return message
end

--- Says something in the name of the board.
---@param words string
---@return board.Message
function Room:announce(words)
  return self:add(nil, words)
end

--- Returns a guest and the position in the room, or nil.
---@param name string
---@return board.Guest?
---@return integer? position
function Room:guest(name)
  for position, guest in ipairs(self.guests) do
    if guest.name == name then
      return guest, position
    end
  end
end

--- Lets somebody in; whoever is in the room already is only noted as present.
---@param name string
---@return board.Guest
function Room:join(name)
  local guest = self:guest(name)
  if not guest then
    guest = Guest:new({ name = name })
    self.guests[#self.guests + 1] = guest
    self:announce(name .. " joined")
  end
  guest:touch()
  return guest
end

--- Lets somebody out; whoever isn't in the room is nothing.
---@param name string
---@param reason? string
function Room:leave(name, reason)
  local guest, position = self:guest(name)
  if guest then
    guest:stopTyping()
    table.remove(self.guests, position)
    self:announce(name .. " left" .. (reason and ": " .. reason or ""))
  end
end

--- Lets one tick pass for everybody in the room.
---@param awayAfter integer
---@param goneAfter integer
function Room:tick(awayAfter, goneAfter)
  -- Backwards, because whoever leaves makes the ones behind move up.
  for position = #self.guests, 1, -1 do
    local guest = self.guests[position]
    guest.idle = guest.idle + 1
    guest.away = guest.idle >= awayAfter
    if guest.idle >= goneAfter then
      self:leave(guest.name, "nothing heard for a while")
    end
  end
end

return Room
