---@meta _

--- JSON, the log, and what is registered by name.
---@class luahost.Ui
ui = {}

--- Writes a line to the log, at the level "info" if none is given.
---@param level 0|1|2|3|4|"error"|"warn"|"info"|"debug"|"trace"
---@param message any
---@overload fun(message: any)
function ui.log(level, message) end

--- Returns a value as JSON; nil and the reason if it can't be: a cycle, a function, a number that isn't finite.
---@param value any
---@return string? json
---@return string? message
function ui.json_encode(value) end

--- Returns what a text of JSON says; nil and the reason if it is none.
---@param text string
---@return any value
---@return string? message
function ui.json_decode(text) end

--- Makes `Name:new()` the value of variables with the property `create=Name`.
---@param name string
---@param prototype table
function ui.registerPresenter(name, prototype) end

--- Makes `Name:new(variable)` stand for the value of variables with the property `wrapper=Name`.
---@param name string
---@param prototype table
function ui.registerWrapper(name, prototype) end

--- Says how objects of a type look, in place of the site's file `viewdefs/<key>.html`.
---@param key string the type and a namespace: "Contact.DEFAULT"
---@param html string
function ui.registerViewDefinition(key, html) end
