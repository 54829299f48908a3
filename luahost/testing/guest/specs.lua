-- specs: what a spec file is made of, `describe`, `it` and what surrounds them, and the run of one `it`.
--
-- The file runs whole in every session; of its `it`s one is run there, as a coroutine. What only the host can do between two
-- turns (reload, let time pass), it asks for by yielding.
local K, _, rooms = ...
local errors, compat = K.errors, K.compat
local assertions = rooms.assertions
local create, resume, yield = K.libraries.coroutine.create, K.libraries.coroutine.resume, K.libraries.coroutine.yield
local running, status = K.libraries.coroutine.running, K.libraries.coroutine.status
local type, xpcall, error, setmetatable, getmetatable = type, xpcall, error, setmetatable, getmetatable
local rawget, tostring = rawget, tostring
local concat, format, find, sub = table.concat, string.format, string.find, string.sub
local M = {}

local tests = {}
local group -- the `describe` that is running while the file is read; nil when no file is
local co -- the `it` that runs
local raised -- what the last answer of the host raised, as a record

local PENDING = {} -- what `pending` raises within an `it`: { why = … } with this metatable

local function check_place(name)
  if not group then K.arguments.refuse(format("%s belongs into the file or a describe, not into a running spec", name)) end
end

local function check_name(f, name)
  if type(name) ~= "string" then K.arguments.wrong(1, f, "name, a string", name) end
end

local function check_body(f, at, body)
  if type(body) ~= "function" then K.arguments.wrong(at, f, "function", body) end
end

local function add(name, body)
  local _, line = errors.where()
  tests[#tests + 1] = { name = name, group = group, body = body, line = line or 0 }
end

local api = {}

function api.describe(name, body)
  check_place("describe")
  check_name("describe", name)
  check_body("describe", 2, body)
  local outer = group
  group = { name = name, outer = outer, before = {}, after = {} }
  body()
  group = outer
end

function api.it(name, body)
  check_place("it")
  check_name("it", name)
  if body ~= nil then check_body("it", 2, body) end
  add(name, body)
end

---In the file: a spec that is to be written yet. In a spec: ends it as one.
function api.pending(name)
  if not group then error(setmetatable({ why = name ~= nil and tostring(name) or "pending" }, PENDING), 0) end
  check_name("pending", name)
  add(name)
end

function api.before_each(hook)
  check_place("before_each")
  check_body("before_each", 1, hook)
  group.before[#group.before + 1] = hook
end

function api.after_each(hook)
  check_place("after_each")
  check_body("after_each", 1, hook)
  group.after[#group.after + 1] = hook
end

api.setup, api.teardown = api.before_each, api.after_each
api.assert = assertions.assert

-- Raises what a turn that the host ran meanwhile raised, with the stack of both.
local function raise(answer)
  local frames = answer.frames or {}
  for _, frame in next, errors.frames_of(4) do frames[#frames + 1] = frame end
  local at = answer.file and answer or frames[1] or { line = 0 }
  raised = { kind = "error", message = answer.message, file = at.file, line = at.line, frames = frames }
  error(errors.text(raised), 0)
end

local function handler(e)
  if raised and e == errors.text(raised) then return raised end
  return errors.handler(e)
end

local function ask(name, request)
  if not co or running() ~= co then
    K.arguments.refuse(format("spec.%s waits for a turn to end: call it in the spec itself, not in a coroutine or a timer", name))
  end
  request.kind, request.file, request.line = name, errors.where()
  local answer = yield(request)
  if answer.message then raise(answer) end
  return answer.value
end

local function check_files(files)
  if type(files) ~= "table" then K.arguments.wrong(1, "spec.reload", "table of texts by file", files) end
  for path, text in next, files do
    if type(path) ~= "string" then K.arguments.refuse("spec.reload: a file is named by its path, like 'apps/x/app.lua'") end
    if type(text) ~= "string" and text ~= false then
      K.arguments.refuse(format("spec.reload: the text of '%s' is a string, or false for a file that is deleted", path))
    end
  end
end

local spec = {}

---Saves the texts over the site's files, until this spec ends; answers what the reload did.
function spec.reload(files)
  check_files(files)
  return ask("reload", { files = files })
end

---Answers the text of a file of the site, as this spec sees it.
function spec.source(path)
  if type(path) ~= "string" then K.arguments.wrong(1, "spec.source", "path", path) end
  return ask("source", { path = path })
end

local function replaced(path, text, old, new)
  local first, last = find(text, old, 1, true)
  if not first then K.arguments.refuse(format("spec.edit: '%s' has nowhere: %s", path, old)) end
  if find(text, old, last + 1, true) then K.arguments.refuse(format("spec.edit: '%s' has more than once: %s", path, old)) end
  return sub(text, 1, first - 1) .. new .. sub(text, last + 1)
end

---Saves a file with changes, pairs of a text that stands in it once and what takes its place; answers as `reload` does.
function spec.edit(path, changes)
  if type(changes) ~= "table" then K.arguments.wrong(2, "spec.edit", "list of changes", changes) end
  local text = spec.source(path)
  for _, change in next, changes do
    if type(change) ~= "table" or type(change[1]) ~= "string" or type(change[2]) ~= "string" then
      K.arguments.refuse("spec.edit: a change is a pair of texts: { { 'old', 'new' } }")
    end
    text = replaced(path, text, change[1], change[2])
  end
  return ask("reload", { files = { [path] = text } })
end

---Lets seconds of the session's time pass: its timers fire, each at its moment.
function spec.advance(seconds)
  if type(seconds) ~= "number" or seconds < 0 or seconds ~= seconds or seconds == math.huge then
    K.arguments.refuse("spec.advance: how many seconds? A number, 0 or more")
  end
  ask("advance", { seconds = seconds })
end

api.spec = spec

-- A spec has its own words; what it writes into globals, and all that it requires, it has from the session.
local env = setmetatable(api, { __index = K.env, __newindex = K.env })
K.modules.given["luahost.spec"] = {
  describe = api.describe, it = api.it, pending = api.pending, before_each = api.before_each, after_each = api.after_each,
  setup = api.setup, teardown = api.teardown, assert = api.assert, spec = spec,
}

local function read(chunk)
  group = { before = {}, after = {} }
  chunk()
  group = nil
end

---Runs a spec's file, as one load, and answers what it has: for each spec its path of names, line, and whether it is pending.
function M.load(code, name)
  local chunk, message = compat.load(code, name, env, "t")
  if not chunk then errors.raise(errors.syntax(message, sub(name, 2))) end
  K.wholes.run({ inline = true, on_done = K.wholes.report }, read, chunk)
  local list = {}
  for i, test in next, tests do
    local path, at = { test.name }, test.group
    while at.outer do
      path[#path + 1], at = at.name, at.outer
    end
    list[i] = { path = path, line = test.line, pending = test.body == nil }
  end
  return list
end

-- Lua would name a function in the stack by the field that it was read from; a parameter has no name here.
local function call(f) f() end

local function run_hooks(hooks)
  for i = 1, #hooks do call(hooks[i]) end
end

local function before(at)
  if at.outer then before(at.outer) end
  run_hooks(at.before)
end

local function run(test)
  before(test.group)
  call(test.body)
end

-- What ended by a limit has no end of its own: it goes out to whom the turn belongs.
local function attempt(f, ...)
  local ok, e = xpcall(f, handler, ...)
  if ok then return end
  local value = type(e) == "table" and rawget(e, "value")
  if type(value) == "table" and getmetatable(value) == PENDING then return { pending = value.why } end
  local failure = assertions.failure_of(value)
  if failure then
    local at = e.frames[1] or { line = 0 }
    return { message = failure.message, details = failure.details, file = at.file, line = at.line, frames = e.frames, failed = true }
  end
  local record = errors.ensure(e)
  if record.kind == "limit" then errors.raise(record) end
  return { kind = record.kind, message = record.message, file = record.file, line = record.line, frames = record.frames }
end

-- Runs a spec, and whatever happens, the hooks behind it; answers what went wrong first.
local function whole(test)
  local outcome, at = attempt(run, test), test.group
  while at do
    local after = attempt(run_hooks, at.after)
    outcome, at = outcome or after, at.outer
  end
  return outcome or { passed = true }
end

local function resumed(ok, answer)
  if not ok then error(answer, 0) end
  return answer
end

---Begins the spec `n`; answers what it asks for, or its outcome.
function M.start(n)
  local test = tests[n]
  co = create(whole)
  if rooms.coverage then rooms.coverage.arm() end
  return resumed(resume(co, test))
end

---Goes on with the spec: `bytes` is the packed answer to what it asked for.
function M.go_on(bytes)
  if status(co) == "dead" then error("the spec has ended", 0) end
  raised = nil
  if rooms.coverage then rooms.coverage.arm() end
  return resumed(resume(co, K.decoder.unpack(bytes)))
end

return M
