-- processes: `io.popen`, which plain Lua lacks. The host runs the command and waits for its end: at once where its output is to
-- be read, at `close` where it is given its input.
local K, host = ...
local type, tostring, select, setmetatable = type, tostring, select, setmetatable
local concat, match, format = table.concat, string.match, string.format
local unpack = K.compat.unpack
local COMMAND = K.ops.command
local M = {}

local states = setmetatable({}, { __mode = "k" })

local function run(state, input)
  local output, how, code = host(COMMAND, state.command, input)
  if not output then K.errors.fail(how or "error", code or "the command was interrupted") end
  state.text, state.at, state.how, state.code = output, 1, how, code
end

-- Answers the state of an open process that is the first argument of its method `name`.
local function open_state(process, name, mode)
  local state = states[process]
  if not state then K.arguments.wrong(1, name, "FILE*", process) end
  if state.is_closed then K.arguments.refuse("attempt to use a closed file") end
  if mode and state.mode ~= mode then return nil, "Bad file descriptor", 9 end
  return state
end

local methods = {}

function methods.read(process, ...)
  local state, reason, code = open_state(process, "read", "r")
  if not state then return nil, reason, code end
  return K.text_reader.read(state, ...)
end

function methods.lines(process, ...)
  open_state(process, "lines")
  local formats, count = { ... }, select("#", ...)
  return function() return methods.read(process, unpack(formats, 1, count)) end
end

function methods.write(process, ...)
  local state, reason, code = open_state(process, "write", "w")
  if not state then return nil, reason, code end
  for i = 1, select("#", ...) do
    local value = (select(i, ...))
    if type(value) ~= "string" and type(value) ~= "number" then K.arguments.wrong(i, "write", "string", value) end
    state.input[#state.input + 1] = tostring(value)
  end
  return process
end

---Answers true (nil if the command failed), "exit" or "signal", and the number.
function methods.close(process)
  local state = open_state(process, "close")
  state.is_closed = true
  if state.mode == "w" then run(state, concat(state.input)) end
  state.text, state.input = nil, nil
  return state.how == "exit" and state.code == 0 or nil, state.how, state.code
end

function methods.flush(process) return open_state(process, "flush") and process end

function methods.setvbuf(process) return open_state(process, "setvbuf") and true end

function methods.seek(process)
  open_state(process, "seek")
  return nil, "Illegal seek", 29
end

local function shown(process)
  if states[process].is_closed then return "file (closed)" end
  return format("file (%s)", states[process].command)
end

local meta = { __index = methods, __tostring = shown, __name = "FILE*", __metatable = "FILE*" }

---Lua's `io.popen(command, mode)`.
function M.popen(command, mode)
  if type(command) ~= "string" then K.arguments.wrong(1, "popen", "string", command) end
  mode = match(mode == nil and "r" or tostring(mode), "^([rw])b?$")
  if not mode then K.arguments.refuse("bad argument #2 to 'popen' (invalid mode)") end
  local state = { command = command, mode = mode, input = {} }
  if mode == "r" then run(state) end
  local process = setmetatable({}, meta)
  states[process] = state
  return process
end

-- A trusted site's `io` has the natives, which don't know processes.
local function adopt(io)
  local type_of, close = io.type, io.close
  io.type = function(value)
    local state = states[value]
    if state then return state.is_closed and "closed file" or "file" end
    return type_of(value)
  end
  io.close = function(...)
    if states[(...)] then return methods.close(...) end
    return close(...)
  end
end

if K.grants.trusted then adopt(K.native_io) end

return M
