-- loads: runs chunks as wholes. The outermost load is a transaction: after an error, nothing of it is left.
local K = ...
local prototypes, errors, instances = K.prototypes, K.errors, K.instances
local xpcall, rawget = xpcall, rawget
local M = {
  depth = 0, -- loads that are running, one in the other
  open = nil, -- the transaction of the outermost one
  has_run = false, -- whether a module ran in it
}

local function close()
  M.depth, M.open, M.has_run, K.modules.running = 0, nil, false, 0
  instances.keep_journal(nil)
end

-- The pass that is running, where one ever was.
local function pass()
  local mutation = rawget(K, "mutation")
  return mutation and mutation.running()
end

---Takes back whatever the load that is open did; what a limit ended comes here in a crossing of its own. A limit may end this,
---too: the transaction stays open until all is back, so that it can be done once more.
function M.revert()
  if pass() then K.mutation.abandon(M.outer_pass) end
  if M.open then K.transaction.revert(M.open) end
  K.modules.current, K.modules.run_number, K.modules.due = nil, nil, nil
  K.session.reloading = false
  close()
end

-- Its code has run, and instances are being brought along.
local function is_mutating() return M.open and pass() and pass() ~= M.outer_pass and not M.opts.strict end

---Ends the load that a limit ended: it stands, if nothing but a `mutate` was running, and is taken back otherwise.
function M.recover()
  if is_mutating() then return M.finish(M.opts, true, K.mutation.give_up()) end
  M.revert()
end

---Takes back whatever the load that is open did, which may then begin anew.
function M.restart()
  K.transaction.revert(M.open)
  M.open = K.transaction.open(M.open.inline)
  instances.keep_journal(M.open.journal)
end

local function settle(strict)
  if prototypes.queue[1] then return K.mutation.pass(strict) end
end

local function settled(opts, ...)
  if K.modules.running > 0 then
    errors.raise(errors.new("error", "a module yielded while it was loading: it was taken back"))
  end
  -- A new session whose main module required no other has no prototypes but those that its run has been looked at for.
  if M.has_run and not (opts.first and K.modules.order[2] == nil) then K.written.sweep() end
  return settle(opts.strict), ...
end

local function body(run, opts, ...) return settled(opts, run(...)) end

function M.finish(opts, ok, report, ...)
  if not ok then
    local record = errors.ensure(report)
    -- Memory ran out between two instances: it is finished in a crossing that has more.
    if record.kind == "limit" and is_mutating() then errors.raise(record) end
    if pass() then K.mutation.abandon(M.outer_pass) end
    if M.open or opts.first then M.revert() end
    errors.raise(record)
  end
  close()
  if instances.is_count_due(opts.inline) then K.families.shrink() end
  if opts.on_done then opts.on_done(report) end
  return ...
end

---Runs `run(...)` as one load and answers what it answers. Within another load it is just a part of that one.
---opts: `first` (nothing to take back: the session dies of it), `inline` (instances it made stay), `strict`
---(a failing `mutate` fails the load), `on_done(report of the mutations or nil)`.
function M.whole(opts, run, ...)
  if M.depth > 0 then return run(...) end
  if prototypes.queue[1] then K.mutation.pass() end
  K.turn.unsettled = true
  if not opts.first then
    M.open = K.transaction.open(opts.inline)
    instances.keep_journal(M.open.journal)
  end
  M.depth, M.opts, M.outer_pass = 1, opts, pass()
  return M.finish(opts, xpcall(body, errors.handler, run, opts, ...))
end

return M
