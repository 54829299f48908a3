--- Where every session of this site begins: luahost runs `lua/main.lua` when it creates one, and again at each save
--- of it.
---
--- It makes the object `app`, which offers the three example apps. `luahost run` starts the site and a prompt: try
--- `app:help()`, then open one of the files in `apps/`, change something and save it while the prompt is waiting.

local guide = require("guide")
local Counter = require("counter.app")
local ContactList = require("contacts.app")
local Board = require("board.app")

---@class Demo
---@field title string
---@field page string which app the page shows: the name of its field
---@field counter Counter
---@field contacts ContactList
---@field board Board
local Demo = session:prototype("Demo", {
  title = "luahost demo",
  page = "contacts",
  counter = EMPTY,
  contacts = EMPTY,
  board = EMPTY,
})

--- Makes what is missing. `new` and `mutate` share it, so that an app added to this file while a session runs appears
--- there too, and those that the session has already are left alone.
function Demo:complete()
  self.counter = self.counter or Counter:new()
  self.contacts = self.contacts or ContactList:new()
  self.board = self.board or Board:new()
end

--- Makes the app object.
---@return Demo
function Demo:new()
  local demo = session:create(self)
  demo:complete()
  return demo
end

--- Called by luahost after a save that changed the fields above.
function Demo:mutate()
  self:complete()
end

--- Returns the app that the page shows: its view definition, `viewdefs/Demo.DEFAULT.html`, has a view of it.
---@return Counter|ContactList|Board
function Demo:shown()
  return self[self.page]
end

--- Adds a contact. A shortcut, so that `app:addContact("Ann")` works as the first thing to type.
---@param name string
---@param phone? string
---@return Contact
function Demo:addContact(name, phone)
  return self.contacts:add(name, phone)
end

--- Prints what can be tried at the prompt.
function Demo:help()
  guide.show(self.title .. ": type a line of Lua, for instance", {
    { 'app:addContact("Ann")', "adds a contact" },
    { "app.contacts:help()", "a list of objects: search, select, validate, migrate" },
    { "app.counter:help()", "a value with a history: undo, limits, statistics" },
    { "app.board:help()", "rooms, presence and timers" },
  })
end

-- The global is how the prompt and `Session.call("app.contacts.0:rename", "Bob")` reach the object. When this file
-- runs again, `app` is there already and keeps everything in it. A session that was saved has its object back by
-- `restore`, and only a new one makes another. A guard does the same in longer words, and suits what isn't an assignment:
--
--   if not session.reloading then app = session:restore() or Demo:new() end
app = app or session:restore() or Demo:new()

-- Needs neither: with the object that is the app variable already, nothing happens.
session:createAppVariable(app)

-- Timers end with the process: a session that came back starts those that it needs.
if session.restored and not session.reloading then app.board:wake() end
