-- logs: what guest code prints and logs, a line each with its file and line.
local K, host = ...
local errors = K.errors
local tostring, select, concat, format = tostring, select, table.concat, string.format
local LOG = K.ops.log
local M = {}

local names = { [0] = "error", "warn", "info", "debug", "trace" }
local levels = { error = true, warn = true, info = true, debug = true, trace = true }

local function write(level, message)
  local file, line = errors.where()
  host(LOG, level, message, file or "", line or 0)
end

local function level_of(level)
  local name = names[level] or level
  if not levels[name] then
    K.arguments.refuse(format("bad log level '%s' (0 to 4, or error, warn, info, debug, trace)", tostring(level)))
  end
  return name
end

function M.print(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
  write("print", concat(parts, "\t"))
end

---Lua's `ui.log([level,] message)`.
function M.log(level, ...)
  if select("#", ...) == 0 then
    write("info", tostring(level))
  else
    write(level_of(level), tostring((...)))
  end
end

---Reports an error that has nobody to raise it to.
function M.error(record) host(K.ops.failed, K.codec.pack(record)) end

return M
