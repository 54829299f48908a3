-- wholes: loads in a session that has something to take back when they fail.
local K = ...
local loads, errors, instances, prototypes = K.loads, K.errors, K.instances, K.prototypes
local rawget = rawget
local M = {}

---Raises what a load is refused for whose module was left in a coroutine.
function M.refuse_to_yield()
  errors.raise(errors.new("error", "a module yielded while it was loading: it was taken back"))
end

---Reports instances that a mutation outside a reload could not bring along.
function M.report(report)
  if report then K.mutation.log(report) end
end

---Runs `run(...)` as one load and answers what it answers. Within another load it is just a part of that one.
---opts: `first` (nothing to take back: the session dies of it), `inline` (instances it made stay), `strict`
---(a failing `mutate` fails the load; a text: what its error says besides), `on_done(report of the mutations or nil)`.
function M.run(opts, run, ...)
  if loads.depth > 0 then return run(...) end
  if prototypes.queue[1] then M.report(K.mutation.pass()) end
  loads.open = K.transaction.open(opts.inline)
  instances.keep_journal(loads.open.journal)
  local mutation = rawget(K, "mutation")
  return loads.begin(opts, mutation and mutation.running(), run, ...)
end

return M
