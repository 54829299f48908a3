-- errors: catches an error of guest code while its stack still stands. What it is, as data (message, file, line, Lua stack), is
-- said by `descriptions`, which is loaded when there is a first one.
local K = ...
local getinfo = K.compat.getinfo
local sub, byte = string.sub, string.byte
local M = setmetatable({}, { __index = function(_, name) return K.descriptions[name] end })

local MAX_FRAMES = 60
local HOOKED = 3 -- the one character that the hook, which ends a turn, has for a message
-- What Lua says, and its kind. The host may answer both where no string has room, since they are here already.
local NO_MEMORY, LIMIT = "not enough memory", "limit"
-- A failed `require` raises text, as Lua's does; its record waits here for the handler that catches that very text.
local raised_text, raised_record

-- The kernel's own chunks are stripped, so that their source is "=?"; only guest frames are kept.
local function frames_of(level)
  local frames, seen = {}, 0
  while seen < MAX_FRAMES do
    local info = getinfo(level, "Sln")
    if not info then break end
    if info.what ~= "C" and info.source ~= "=?" and info.source ~= "=kernel" then
      frames[#frames + 1] = {
        file = sub(info.source, 2), short = info.short_src, line = info.currentline,
        name = info.what == "main" and "main chunk" or info.name or "function <" .. info.linedefined .. ">",
      }
      seen = seen + 1
    end
    level = level + 1
  end
  return frames
end
M.frames_of, M.NO_MEMORY = frames_of, NO_MEMORY

function M.is_record(e) return type(e) == "table" and rawget(e, "frames") ~= nil and rawget(e, "kind") ~= nil end

---The message handler of every protected call that the host makes. What it answers is for `ensure`.
function M.handler(e)
  if M.is_record(e) then return e end
  if raised_record and e == raised_text then return raised_record end
  local frames = frames_of(3)
  if type(e) == "string" and byte(e, -1) == HOOKED then M.ended_at = rawget(M, "ended_at") or frames end
  return { kind = "error", value = e, frames = frames }
end

---Answers where the guest was when its turn was ended, innermost frame first; once.
function M.take_ended()
  local frames = rawget(M, "ended_at")
  M.ended_at = nil
  return frames
end

---Makes sure that what a protected call answered is a record: errors of memory and of handlers come without one.
function M.ensure(e)
  if raised_record and e == raised_text then return raised_record end
  if not M.is_record(e) then e = { kind = "error", value = e, frames = {} } end
  if e.value == NO_MEMORY then e.kind, e.message, e.line, e.value = LIMIT, NO_MEMORY, 0, nil end
  return e.message and e or M.complete(e)
end

---Raises a record as text, so that guest code that catches it sees a string; position and stack aren't lost.
function M.raise(record)
  raised_text, raised_record = M.text(record), record
  error(raised_text, 0)
end

return M
