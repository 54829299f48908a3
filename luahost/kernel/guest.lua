-- guest: functions of the standard library, and names of older ones, that guests have in a form of the kernel's own.
local K, host = ...
local compat, grants = K.compat, K.grants
local type, select, tostring, pcall, error, xpcall, collectgarbage = type, select, tostring, pcall, error, xpcall, collectgarbage
local IS_OVER = K.ops.is_over
local byte, sub, concat, format = string.byte, string.sub, table.concat, string.format
local M = {}

local MAX_TEXT, PIECE = 1024 * 1024, 4096

-- A hook can end the compiling of a long text between two pieces of it.
local function in_pieces(text)
  if #text <= PIECE then return text end
  local at = 1 - PIECE
  return function()
    at = at + PIECE
    return sub(text, at, at + PIECE - 1)
  end
end

-- In LuaJIT a hook that ended the reading of a piece stays off, until an error leaves a protected call that began before.
local function compile(chunk, name, target)
  local f, message = compat.load(in_pieces(chunk), name, target, "t")
  if not f then error(message, 0) end
  return f
end

local function read(pieces)
  local parts = {}
  for piece in pieces do
    if piece == "" then break end
    parts[#parts + 1] = piece
  end
  return concat(parts)
end

---Text only: bytecode that somebody crafted can crash the process.
function M.load(chunk, name, _, ...)
  if type(chunk) == "function" then chunk = read(chunk) end
  if type(chunk) ~= "string" then K.arguments.wrong(1, "load", "string or function", chunk) end
  if byte(chunk, 1) == 27 then return nil, "attempt to load bytecode: only text is available to guest code" end
  if #chunk > MAX_TEXT and not grants.trusted then return nil, "chunk too long: guest code loads at most 1 MiB of text" end
  local target = K.env
  if select("#", ...) > 0 then target = (...) end
  local is_fine, f = pcall(compile, chunk, name or chunk, target)
  if is_fine then return f end
  return nil, f
end

function M.loadstring(chunk, name) return M.load(chunk, name) end

function M.collectgarbage(option)
  if option == nil or option == "collect" or option == "step" then
    if grants.trusted then collectgarbage() end
    return 0
  end
  if option == "count" then return (collectgarbage("count")) end
  K.arguments.refuse(format("collectgarbage('%s') is not available to guest code", tostring(option)))
end

local protected = rawget(K, "nesting") and K.nesting.xpcall or xpcall

---Lua runs message handlers without hooks: one that is called because the turn is ended would not end.
function M.xpcall(f, handler, ...)
  return protected(f, function(e)
    if host(IS_OVER) then return e end
    return handler(e)
  end, ...)
end

function M.getn(t) return #t end

function M.pow(a, b) return a ^ b end

return M
