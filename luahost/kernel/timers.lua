-- timers: immediates, timeouts and intervals. The host wakes the session at the earliest; each fires in a turn of its own.
local K, host = ...
local errors = K.errors
local type, error, next, xpcall = type, error, next, xpcall
local floor, format = math.floor, string.format
local NOW, WAKE = K.ops.now, K.ops.wake
local M = { by_id = {} }
local by_id = M.by_id

local MAX_TIMERS = 10000
local last_id, count = 0, 0
local heap, announced = {}, nil -- due timers, the earliest first; the due that the host knows

local function is_before(a, b) return a.due < b.due or (a.due == b.due and a.id < b.id) end

local function push(timer)
  local at = #heap + 1
  while at > 1 do
    local up = floor(at / 2)
    if not is_before(timer, heap[up]) then break end
    heap[at], at = heap[up], up
  end
  heap[at] = timer
end

local function pop()
  local top, last, n = heap[1], heap[#heap], #heap - 1
  heap[n + 1] = nil
  if n == 0 then return top end
  local at = 1
  while at * 2 <= n do
    local down = at * 2
    if down < n and is_before(heap[down + 1], heap[down]) then down = down + 1 end
    if not is_before(heap[down], last) then break end
    heap[at], at = heap[down], down
  end
  heap[at] = last
  return top
end

-- A cleared timer stays in the heap until it comes up.
local function first()
  while heap[1] and by_id[heap[1].id] ~= heap[1] do pop() end
  return heap[1]
end

---Tells the host when to wake the session next, if that has changed.
function M.announce()
  local timer = first()
  local due = timer and timer.due or nil
  if due ~= announced then
    announced = due
    host(WAKE, due or -1)
  end
end

---Makes the heap from the timers that are there, after a transaction was taken back.
function M.rebuild()
  heap, count = {}, 0
  for _, timer in next, by_id do
    push(timer)
    count = count + 1
  end
  K.turn.unsettled = true
end

local function check_ms(kind, at, ms)
  if type(ms) ~= "number" then K.arguments.wrong(at, kind, "milliseconds", ms) end
  if ms ~= ms then K.arguments.refuse(format("bad argument #%d to '%s' (not a number of milliseconds)", at, kind)) end
  if kind == "setInterval" and ms <= 0 then
    K.arguments.refuse(format("bad argument #%d to 'setInterval' (an interval must be longer than 0 ms)", at))
  end
end

-- Answers the method's name and the milliseconds of a call; behind a function there is no method.
local function parse(self, kind, target, ...)
  if self ~= K.session then K.arguments.colon(kind) end
  local is_object, method, ms = type(target) == "table", nil, (...)
  if is_object then
    method, ms = ...
    if type(method) ~= "string" then K.arguments.wrong(2, kind, "method name", method) end
  elseif type(target) ~= "function" then
    K.arguments.wrong(1, kind, "function, or object and method name", target)
  end
  if kind == "setImmediate" then ms = 0 end
  if kind == "setTimeout" and ms == nil then ms = 0 end
  check_ms(kind, is_object and 3 or 2, ms)
  return method, ms
end

local function start(self, kind, target, ...)
  local method, ms = parse(self, kind, target, ...)
  if count >= MAX_TIMERS then K.arguments.refuse(format("too many timers: a session has at most %d", MAX_TIMERS)) end
  last_id, count = last_id + 1, count + 1
  local timer = {
    id = last_id, kind = kind, target = target, method = method, ms = ms, due = host(NOW) + (ms > 0 and ms or 0) / 1000,
    module = K.modules.current, run = K.modules.run_number,
    variable = K.turn.detect and K.detection.current(), -- whose computing it was made in
  }
  by_id[last_id] = timer
  push(timer)
  K.turn.unsettled = true
  return last_id
end

local function stop(self, kind, id)
  if self ~= K.session then K.arguments.colon(kind) end
  if id ~= nil and by_id[id] then
    by_id[id], count = nil, count - 1
    K.turn.unsettled = true
  end
end
M.remove = function(id) stop(K.session, "clearTimeout", id) end

-- An interval that came late starts counting anew: it never fires twice in a row to make up for it.
local function again(timer, now)
  local due = timer.due + timer.ms / 1000
  timer.due = due > now and due or now + timer.ms / 1000
  push(timer)
end

local function call(timer)
  local target = timer.target
  if not timer.method then return target() end
  local method = target[timer.method]
  if method == nil then error(format("timer: the object has no method '%s'", timer.method), 0) end
  return method(target)
end

-- An error is the mishap of the variable that was being computed when the timer was made, until the next run.
local function call_for(timer)
  local ok, e = xpcall(call, errors.handler, timer)
  K.detection.mishap(timer.variable, not ok and errors.ensure(e) or nil)
  if not ok then errors.raise(errors.ensure(e)) end
end

---Fires the earliest timer if it is due; answers whether one was.
function M.fire()
  announced = nil
  K.turn.unsettled = true
  local timer, now = first(), host(NOW)
  if not timer or timer.due > now then return false end
  pop()
  if timer.kind == "setInterval" then
    again(timer, now)
  else
    by_id[timer.id], count = nil, count - 1
  end
  if timer.variable then call_for(timer) else call(timer) end
  return true
end

---Drops the timers that an earlier run of the module made, if the run `since` made any.
function M.renew(key, since)
  local old, is_new = {}, false
  for id, timer in next, by_id do
    if timer.module == key then
      if timer.run == since then is_new = true else old[#old + 1] = id end
    end
  end
  for i = 1, is_new and #old or 0 do M.remove(old[i]) end
end

---Answers what there is to see of each timer, the next to fire first.
function M.list()
  local out, now = {}, host(NOW)
  for _, timer in next, by_id do
    out[#out + 1] = {
      id = timer.id, kind = timer.kind, ms = timer.ms, due_s = timer.due - now, method = timer.method or "",
      module = timer.module or false,
    }
  end
  table.sort(out, function(a, b) return a.due_s < b.due_s or (a.due_s == b.due_s and a.id < b.id) end)
  return out
end

local api = {}
for _, kind in next, { "setImmediate", "setTimeout", "setInterval" } do
  api[kind] = function(self, ...) return start(self, kind, ...) end
end
for _, kind in next, { "clearImmediate", "clearTimeout", "clearInterval" } do
  api[kind] = function(self, id) return stop(self, kind, id) end
end
M.api = api

return M
