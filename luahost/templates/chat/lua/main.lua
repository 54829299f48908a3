--- Where every session of this site begins: luahost runs this file when it makes one, and again whenever you save it.

local Room = require("chat.app")

-- When this file runs again, `app` is there already and stays. A session that was saved has its room back by
-- `restore`. Only a new one makes a room.
app = app or session:restore() or Room:new()

-- What pages, the inspector and `Session.call` see of the session begins here.
session:createAppVariable(app)

-- A timer belongs to the file that made it: when this one runs again, the old timer is dropped first. Object and method
-- name instead of a function: the method is looked up at each tick, so a save changes what the next one does.
session:setInterval(app, "tick", 1000)
