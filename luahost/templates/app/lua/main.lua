--- Where every session of this site begins: luahost runs this file when it makes one, and again whenever you save it.

local TaskList = require("tasks.app")

-- When this file runs again, `app` is there already and stays. A session that was saved has its list back by
-- `restore`. Only a new one makes another.
app = app or session:restore() or TaskList:new()

-- What pages, the inspector and `Session.call` see of the session begins here.
session:createAppVariable(app)
