---@meta _

-- What a `*_spec.lua` file has beside all that a session has. `luahost test` runs each `it` in a session of its own.

--- Groups specs. What `before_each` and `after_each` are given inside holds for the group.
---@param name string
---@param body fun()
function describe(name, body) end

--- Says what is to hold; without a body it is a spec that is to be written yet.
---@param name string
---@param body? fun()
function it(name, body) end

--- In a file: a spec that is to be written yet. In a spec: ends it as one.
---@param name? string
function pending(name) end

--- Runs before each spec of the group.
---@param hook fun()
function before_each(hook) end

--- Runs after each spec of the group, whether it held or not.
---@param hook fun()
function after_each(hook) end

setup, teardown = before_each, after_each

--- Lua's `assert`, and more: words like `is`, `are`, `has` may be joined by `_` or dots, `not` and `no` turn the assertion
--- around: `assert.is_not.equal(1, 2)`.
---@class luahost.Assert
---@field is luahost.Assert
---@field are luahost.Assert
---@field has luahost.Assert
---@field is_not luahost.Assert
---@field are_not luahost.Assert
---@field has_no luahost.Assert
---@field equal fun(expected: any, actual: any, message?: string)
---@field equals fun(expected: any, actual: any, message?: string)
---@field not_equal fun(expected: any, actual: any, message?: string)
---@field same fun(expected: any, actual: any, message?: string) equal in all depths
---@field not_same fun(expected: any, actual: any, message?: string)
---@field is_true fun(value: any, message?: string)
---@field is_false fun(value: any, message?: string)
---@field is_nil fun(value: any, message?: string)
---@field is_not_nil fun(value: any, message?: string)
---@field truthy fun(value: any, message?: string)
---@field falsy fun(value: any, message?: string)
---@field is_nan fun(value: any, message?: string)
---@field is_string fun(value: any, message?: string)
---@field is_number fun(value: any, message?: string)
---@field is_boolean fun(value: any, message?: string)
---@field is_table fun(value: any, message?: string)
---@field is_function fun(value: any, message?: string)
---@field near fun(expected: number, actual: number, tolerance: number, message?: string)
---@field matches fun(pattern: string, text: string, init?: integer, plain?: boolean)
---@field has_error fun(body: fun(), expected?: any)
---@field has_no_error fun(body: fun())
---@field error_matches fun(body: fun(), pattern: string)
---@overload fun(value: any, message?: any, ...: any): any
assert = {}

--- What a save did that a spec made.
---@class luahost.SpecReport
---@field ok boolean
---@field error? string what went wrong
---@field generation integer
---@field modules string[] those that ran again
---@field instances integer how many `mutate` was called for
---@field changes table<string, luahost.PrototypeChange> by prototype
---@field failures luahost.PendingMutation[]
---@field kept string[] what stayed though its file no longer says so, in sentences

--- What a spec may ask of the host that runs it.
---@class luahost.Spec
spec = {}

--- Saves texts over the site's files until the spec ends, as if an editor had; false deletes a file.
---@param files table<string, string|false>
---@return luahost.SpecReport report
function spec.reload(files) end

--- Saves a file with changes: pairs of a text that stands in it once, and what takes its place.
---@param path string
---@param changes string[][]
---@return luahost.SpecReport report
function spec.edit(path, changes) end

--- Returns the text of a file of the site, as this spec sees it.
---@param path string
---@return string
function spec.source(path) end

--- Lets seconds of the session's time pass: its timers fire, each at its moment.
---@param seconds number
function spec.advance(seconds) end
