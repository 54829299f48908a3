--- A chat room. Everybody who opens the page of one session is in its room: share the address that the browser shows.
--- Try it at the prompt of `luahost run --serve`, with the page beside it:
---
---   app:say("Ann", "good morning")
---   =app:present()
---
--- To see a reload reach a running timer: change `awayAfter` to 5 and save. Five seconds later Ann is away.

require("chat.seat")

---@class chat.Message
---@field author string
---@field text string
local Message = session:prototype("chat.Message", {
  author = "",
  text = "",
})

---@class chat.Guest
---@field name string
---@field seen integer the tick at which the guest last did something
---@field away boolean
local Guest = session:prototype("chat.Guest", {
  name = "",
  seen = 0,
  away = false,
})

---@class chat.Room
---@field awayAfter integer ticks until a silent guest is away
---@field goneAfter integer ticks until a silent guest is gone
---@field keep integer how many messages are kept
---@field ticks integer
---@field messages chat.Message[]
---@field guests chat.Guest[]
local Room = session:prototype("chat.Room", {
  awayAfter = 60,
  goneAfter = 600,
  keep = 200,
  ticks = 0,
  -- Not `{}`, which all rooms would share: `new` makes one for each.
  messages = EMPTY,
  guests = EMPTY,
})

--- Makes an empty room.
---@return chat.Room
function Room:new()
  return session:create(self, { messages = {}, guests = {} })
end

--- Returns the guest of a name, who enters if nobody of that name is there.
---@param name string
---@return chat.Guest
function Room:greet(name)
  for _, guest in ipairs(self.guests) do
    if guest.name == name then
      guest.seen, guest.away = self.ticks, false
      return guest
    end
  end
  local guest = session:create(Guest, { name = name, seen = self.ticks })
  self.guests[#self.guests + 1] = guest
  return guest
end

--- Says something in the room.
---@param name string
---@param text string
---@return chat.Message
function Room:say(name, text)
  if not name:find("%S") then
    error("who says that?", 0)
  elseif not text:find("%S") then
    error("a message needs some words", 0)
  end
  self:greet(name)
  local message = session:create(Message, { author = name, text = text })
  self.messages[#self.messages + 1] = message
  if #self.messages > self.keep then
    table.remove(self.messages, 1)
  end
  return message
end

--- Lets a tick pass. The timer of `lua/main.lua` calls it each second.
function Room:tick()
  self.ticks = self.ticks + 1
  local here = {}
  for _, guest in ipairs(self.guests) do
    local silent = self.ticks - guest.seen
    guest.away = silent >= self.awayAfter
    if silent < self.goneAfter then
      here[#here + 1] = guest
    end
  end
  -- A new list only when somebody has gone: what doesn't change need not be told to the pages.
  if #here < #self.guests then
    self.guests = here
  end
end

--- Returns the names of those who are here and not away.
---@return string[]
function Room:present()
  local names = {}
  for _, guest in ipairs(self.guests) do
    if not guest.away then
      names[#names + 1] = guest.name
    end
  end
  return names
end

return Room
