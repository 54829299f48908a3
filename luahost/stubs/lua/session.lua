---@meta _

--- The session that the code runs in: a plain table, whose functions applications may wrap and extend. They are called
--- with a colon.
---@class luahost.Session
---@field id string the vended id, "1", "2", …: of this process, never stored
---@field key string the lasting key, 32 hex characters: in URLs, records and leases
---@field generation integer how many reloads have been applied
---@field reloading boolean true while reloaded code runs and instances are mutated
---@field restored? boolean true in a session that came back from the store
session = {}

-- Prototypes and instances.

--- Declares a prototype, or declares it again: the init table becomes the prototype, which keeps its identity from then on.
---
--- Values in `init` are the instances' defaults, `EMPTY` declares a field that begins as nil, functions are methods. Without
--- a base, the prototype named "Object" is one, if there is one; without that it has a `new` of its own.
---@generic T
---@param name `T` unique in the session; may have dots
---@param init? table nil: nothing changes in a prototype that exists
---@param base? table
---@return T
function session:prototype(name, init, base) end

--- Makes an instance, which later saves bring along: `instance`, or a new table, with the prototype as its metatable.
---@generic T
---@param prototype T
---@param instance? table
---@return T
function session:create(prototype, instance) end

--- Takes a prototype out of the session, and with `children` all whose names begin with `name` and a dot. Instances keep
--- their metatable. An unknown name is nothing.
---@param name string
---@param children? boolean
function session:removePrototype(name, children) end

--- Returns the names of all prototypes, sorted.
---@return string[]
function session:prototypes() end

--- Returns an iterator over the live instances of a prototype.
---@generic T
---@param prototype T
---@param derived? boolean those of derived prototypes, too
---@return fun(): T?
function session:instances(prototype, derived) end

--- Returns how many live instances a prototype has.
---@param prototype table
---@param derived? boolean those of derived prototypes, too
---@return integer
function session:countInstances(prototype, derived) end

--- What changed of a prototype's fields, as `mutate` gets it: field names with defaults, `EMPTY` for none.
---@class luahost.Change
---@field added table<string, any> with the new default
---@field removed table<string, any> with the old default
---@field changed table<string, any> with the old default

--- Instances whose `mutate` failed in the same way; they keep their data and are tried again.
---@class luahost.PendingMutation
---@field type string
---@field message string
---@field file? string
---@field line? integer
---@field instances integer

--- Returns the mutations that failed and wait for the next load of their module.
---@return luahost.PendingMutation[]
function session:pendingMutations() end

-- Modules.

--- Returns the tracking keys of the loaded modules, in load order.
---@return string[]
function session:loaded() end

--- Takes a module out, with all that it registered: the next `require` runs its file again. An unknown one is nothing.
---@param nameOrKey string as required, or its tracking key
function session:unloadModule(nameOrKey) end

--- Takes out each module in a folder and below it.
---@param dir string
function session:unloadDirectory(dir) end

-- The session's life.

--- What `onReload` and `onClose` answer.
---@class luahost.Hook
---@field close fun() takes the function out again

--- What a reload did.
---@class luahost.ReloadReport
---@field generation integer
---@field modules string[]
---@field instances integer how many `mutate` was called for
---@field prototypes luahost.PrototypeChange[]
---@field failures luahost.PendingMutation[]
---@field pending luahost.PendingMutation[]
---@field kept string[] what stayed, in sentences, though its file no longer says so

---@class luahost.PrototypeChange
---@field name string
---@field added string[]
---@field changed string[]
---@field removed string[]
---@field rebased boolean
---@field instances integer

--- Calls a function after each reload that has been applied.
---@param fn fun(report: luahost.ReloadReport)
---@return luahost.Hook
function session:onReload(fn) end

--- Calls a function before the session closes.
---@param fn fun()
---@return luahost.Hook
function session:onClose(fn) end

--- Writes a line to the log.
---@param level 0|1|2|3|4|"error"|"warn"|"info"|"debug"|"trace"
---@param message any
function session:log(level, message) end

-- Timers: each fires in a turn of its own, and belongs to the module that made it.

--- Calls a function, or a method of an object, after the present turn.
---@param fn fun()
---@return integer handle
---@overload fun(self: luahost.Session, object: table, method: string): integer
function session:setImmediate(fn) end

--- Calls a function, or a method of an object, once.
---@param fn fun()
---@param ms? number
---@return integer handle
---@overload fun(self: luahost.Session, object: table, method: string, ms: number): integer
function session:setTimeout(fn, ms) end

--- Calls a function, or a method of an object, again and again. A method is looked up at each tick, so it follows reloads.
---@param fn fun()
---@param ms number more than 0
---@return integer handle
---@overload fun(self: luahost.Session, object: table, method: string, ms: number): integer
function session:setInterval(fn, ms) end

--- Stops an immediate. Nil, and one that is gone, are nothing.
---@param handle? integer
function session:clearImmediate(handle) end

--- Stops a timeout. Nil, and one that is gone, are nothing.
---@param handle? integer
function session:clearTimeout(handle) end

--- Stops an interval. Nil, and one that is gone, are nothing.
---@param handle? integer
function session:clearInterval(handle) end

-- Variables: what peers see.

--- Makes an object the app object, variable 1, from which peers see the rest. Another one takes its place.
---@param object table
---@param props? table<string, string>
---@return integer id 1
function session:createAppVariable(object, props) end

--- Returns the app object, nil if there is none.
---@return table?
function session:getApp() end

--- Makes a variable that every peer sees.
---@param parent integer|table id of a variable, or an object that has one
---@param object? any the value; nil with a `path` in the properties
---@param props? table<string, string>
---@return integer id negative
function session:createVariable(parent, object, props) end

--- Takes a variable away, with those below it. An unknown one is nothing.
---@param idOrObject integer|table
function session:destroyVariable(idOrObject) end

--- Calls a function when a property of a variable changes.
---@param id integer|table id of a variable, or an object that has one
---@param property string "*" for all
---@param fn fun(value: string, property: string)
---@return integer handle
function session:watchProperty(id, property, fn) end

--- Ends that.
---@param handle integer
function session:unwatchProperty(handle) end

--- Makes `/<key>/<path>` a page of the session; the property `url` of variable 1 tells which page was asked for.
---@param path string
---@param idOrObject integer|table
function session:registerPath(path, idOrObject) end

-- What is saved.

--- Returns what was saved under a name, the app object without one; nil if nothing was. From the first call on the session
--- is one that is saved.
---@param name? string
---@return any
function session:restore(name) end

--- Keeps an object, and all that it reaches, under a name; nil ends that.
---@param name string
---@param object? table
function session:persist(name, object) end

--- Leaves fields of a prototype's instances out of what is saved.
---@param prototype table|string the prototype, or its name
---@param fields string[]
function session:transient(prototype, fields) end

-- Of older systems; they answer as if all were current.

---@deprecated instances follow their prototypes by themselves
---@return integer
function session:newVersion() end

---@deprecated instances follow their prototypes by themselves
---@return integer
function session:getVersion() end

---@deprecated instances follow their prototypes by themselves
---@return boolean
function session:needsMutation() end
