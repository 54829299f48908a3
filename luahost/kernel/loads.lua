-- loads: runs chunks as wholes. The outermost load is a transaction: after an error, nothing of it is left (see `recovery`).
local K = ...
local prototypes, errors, instances = K.prototypes, K.errors, K.instances
local M = {
  depth = 0, -- loads that are running, one in the other
  open = nil, -- the transaction of the outermost one
  has_run = false, -- whether a module ran in it
}

---Notes that no load is running.
function M.close()
  M.depth, M.open, M.has_run, K.modules.running = 0, nil, false, 0
  instances.keep_journal(nil)
end

local function settled(opts, ...)
  if K.modules.running > 0 then K.wholes.refuse_to_yield() end
  -- A new session whose main module required no other has no prototypes but those that its run has been looked at for.
  if M.has_run and not (opts.first and K.modules.order[2] == nil) then K.extensions.sweep() end
  return prototypes.queue[1] and K.mutation.pass(opts.strict) or nil, ...
end

local function body(run, opts, ...) return settled(opts, run(...)) end

function M.finish(opts, ok, report, ...)
  if not ok then K.recovery.fail(opts, report) end
  M.close()
  if instances.is_count_due(opts.inline) then K.families.shrink() end
  if opts.on_done then opts.on_done(report) end
  return ...
end

---Begins the outermost load, with its options (see `wholes`), and answers what `run(...)` does.
function M.begin(opts, outer_pass, run, ...)
  K.turn.unsettled = true
  M.depth, M.opts, M.outer_pass = 1, opts, outer_pass
  return M.finish(opts, xpcall(body, errors.handler, run, opts, ...))
end

return M
