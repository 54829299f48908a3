-- recovery: what must hold between turns, brought about again after an error or a limit ended a load or a turn.
local K = ...
local errors, loads, instances = K.errors, K.loads, K.instances
local next, pcall, rawget, rawset = next, pcall, rawget, rawset
local M = {}

-- The pass that is running, where one ever was.
local function pass()
  local mutation = rawget(K, "mutation")
  return mutation and mutation.running()
end

-- Takes back whatever the load that is open did; what a limit ended comes here in a crossing of its own. A limit may end this,
-- too: the transaction stays open until all is back, so that it can be done once more.
local function revert()
  if pass() then K.mutation.abandon(loads.outer_pass) end
  if loads.open then K.transaction.revert(loads.open) end
  if rawget(K, "undo") then K.undo.take_back() end
  K.modules.current, K.modules.run_number, K.modules.due = nil, nil, nil
  rawset(K.session, "reloading", false)
  loads.close()
end

-- Its code has run, and instances are being brought along.
local function is_mutating() return loads.open and pass() and pass() ~= loads.outer_pass and not loads.opts.strict end

---Takes back the load that failed, and raises its error.
function M.fail(opts, e)
  local record = errors.ensure(e)
  -- Memory ran out between two instances: it is finished in a crossing that has more.
  if record.kind == "limit" and is_mutating() then errors.raise(record) end
  if pass() then K.mutation.abandon(loads.outer_pass) end
  if loads.open or opts.first then revert() end
  errors.raise(record)
end

---Ends the load that a limit ended: it stands, if nothing but a `mutate` was running, and is taken back otherwise.
function M.of_load()
  if is_mutating() then return loads.finish(loads.opts, true, K.mutation.give_up()) end
  revert()
end

---Takes back a load that is open though the turn is over.
function M.of_stray_load()
  M.of_load()
  errors.raise(errors.new("error", "a module yielded while it was loading: it was taken back"))
end

---Takes back whatever the load that is open did, which may then begin anew.
function M.restart()
  K.transaction.revert(loads.open)
  loads.open = K.transaction.open(loads.open.inline)
  instances.keep_journal(loads.open.journal)
end

local function restore()
  local mutation, reload = rawget(K, "mutation"), rawget(K, "reload")
  if rawget(K, "coroutines") then K.coroutines.reset() end
  if K.grants.counted then K.countdown.start() end
  if loads.depth > 0 then M.of_load() end
  if mutation and mutation.running() then K.wholes.report(mutation.give_up()) end
  if reload and reload.untold then reload.tell() end
  for _, step in next, K.prototypes.hidden do K.shadows.show(step) end
  if K.turn.detect then
    K.tree.hold(false)
    K.detection.give_up()
  end
  if rawget(K, "timers") then K.timers.announce() end
end

-- Where the guest was when its turn was ended, with the version of the text that ran there: a load that is taken back runs another.
local function take_place()
  local frames = errors.take_ended()
  local first = frames and frames[1]
  local module = first and K.modules.by_key[first.file]
  if module then first.version = module.version end
  return frames
end

---Restores what must hold between turns after a limit ended one; within a turn that goes on, there is nothing to restore.
---Answers, packed, the report of a reload that stands, if only a `mutate` or a hook was ended, and where the guest was.
function M.of_turn(is_outermost)
  if not is_outermost then return nil, nil end
  K.turn.reset()
  local reload, frames = rawget(K, "reload"), take_place()
  pcall(restore)
  return reload and reload.report and K.codec.pack(reload.report), frames and K.codec.pack(frames)
end

return M
