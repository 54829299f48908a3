-- privileges: what a sandbox has of `io`, `os` and `debug` by grant, looked up when a guest first reads it. What it has not is
-- there in name, and a call of it says which grant it lacks.
local K = ...
local grants, native_os = K.grants, K.native_os
local setmetatable, format = setmetatable, string.format
local M = {}

-- From a function to the grant that it needs.
local needed = {
  io = { open = "io", lines = "io", close = "io", type = "io", popen = "os.execute" },
  os = { remove = "os", rename = "os", getenv = "os.getenv", execute = "os.execute" },
  debug = {},
}
for name in next, debug do needed.debug[name] = "debug" end

local NO_INPUT = "the host's standard input is not the session's"
local NO_OUTPUT = "the host's standard output is not the session's; print goes to the log"
local NO_TEMPORARY = "temporary files lie outside the site"

-- What no grant brings into a sandbox.
local absent = {
  io = { read = NO_INPUT, input = NO_INPUT, write = NO_OUTPUT, output = NO_OUTPUT, tmpfile = NO_TEMPORARY },
  os = { tmpname = NO_TEMPORARY },
  debug = {},
}
local streams = { stdin = NO_INPUT, stdout = NO_OUTPUT, stderr = NO_OUTPUT }

local function refusal(message)
  return function() K.arguments.refuse(message) end
end

local function unavailable(library, name, reason)
  return refusal(format("%s.%s is not available to a sandboxed session: %s", library, name, reason))
end

local function granted(library, name)
  if name == "popen" then return K.processes.popen end
  if library == "os" and (name == "getenv" or name == "execute") then return native_os[name] end
  return K.files[name]
end

local function make(library, name)
  local grant, reason = needed[library][name], absent[library][name]
  if reason then return unavailable(library, name, reason) end
  if library == "io" and streams[name] then
    return setmetatable({}, { __index = unavailable(library, name, streams[name]), __metatable = "FILE*" })
  end
  if not grant then return nil end
  if grants[grant] then return granted(library, name) end
  return refusal(format('%s.%s is not granted to this session (setting allow: "%s")', library, name, grant))
end

local names = { [K.libraries.io] = "io", [K.libraries.os] = "os", [K.libraries.debug] = "debug" }
local made = { io = {}, os = {}, debug = {} }

---Answers what a guest reads from a library's table where nothing is written there.
function M.find(library, key)
  local name = names[library]
  if not name or key == nil then return nil end
  if made[name][key] == nil then made[name][key] = make(name, key) end
  return made[name][key]
end

return M
