--- A seat: what belongs to one page alone, though all pages of a session share its objects: who sits there, and what is
--- half typed.
---
--- `viewdefs/chat.Room.DEFAULT.html` asks for it with `ui-view="@app?wrapper=chat.Seat"`: luahost then makes a seat for each
--- page that shows the room. It goes with the page.

---@class chat.Seat
---@field room chat.Room
---@field name string
---@field words string
---@field trouble string why the last message wasn't sent
local Seat = session:prototype("chat.Seat", {
  name = "",
  words = "",
  trouble = "",
  room = EMPTY,
})

--- Makes a seat, as luahost does for a page: the variable's value is the room.
---@param variable luahost.Variable
---@return chat.Seat
function Seat:new(variable)
  return session:create(self, { room = variable:getValue() })
end

--- Sends what was typed, or keeps it and says what is wrong.
function Seat:send()
  local ok, trouble = pcall(self.room.say, self.room, self.name, self.words)
  if ok then
    self.words, self.trouble = "", ""
  else
    self.trouble = trouble
  end
end

return Seat
