--- The little that the specs in this folder need: describe, it, before_each, comparisons, and three requests to the
--- test that runs them (`test_specs.py`): edit a file of the site, let time pass, wait.

local M = { tests = {} }

local tests, names, hooks = M.tests, {}, {}
local running

--- Groups tests; hooks given inside hold for the group.
function M.describe(name, body)
  local outer = #hooks
  names[#names + 1] = name
  body()
  names[#names] = nil
  for position = #hooks, outer + 1, -1 do
    hooks[position] = nil
  end
end

function M.before_each(hook)
  hooks[#hooks + 1] = hook
end

function M.it(name, body)
  local before = {}
  for position, hook in ipairs(hooks) do
    before[position] = hook
  end
  tests[#tests + 1] = { name = table.concat(names, " ") .. " " .. name, before = before, body = body }
end

--- Begins test `number`, goes on with it when it has asked for something; returns what it asks for, nil at its end.
function M.step(number, answer)
  if not running then
    local test = tests[number]
    running = coroutine.create(function()
      for _, hook in ipairs(test.before) do
        hook()
      end
      test.body()
    end)
  end
  local ok, request = coroutine.resume(running, answer)
  if not ok then
    error(tests[number].name .. ": " .. tostring(request), 0)
  end
  return request
end

--- Saves `path` with `changes`, pairs of a text that stands there and its replacement; returns whether it was applied.
function M.edit(path, changes)
  return coroutine.yield({ kind = "edit", path = path, changes = changes })
end

--- Lets `seconds` of the session's clock pass, then waits until `condition` holds.
function M.after(seconds, condition)
  coroutine.yield({ kind = "advance", seconds = seconds })
  while not condition() do
    coroutine.yield({ kind = "wait" })
  end
end

local function difference(actual, expected, path)
  if type(actual) ~= "table" or type(expected) ~= "table" then
    return actual ~= expected and path .. ": got " .. tostring(actual) .. ", not " .. tostring(expected) or nil
  end
  for key in pairs(expected) do
    local found = difference(actual[key], expected[key], path .. "." .. tostring(key))
    if found then
      return found
    end
  end
  for key in pairs(actual) do
    if expected[key] == nil then
      return path .. "." .. tostring(key) .. ": got " .. tostring(actual[key]) .. ", not nil"
    end
  end
end

--- Fails unless both are equal, in all depths.
function M.same(actual, expected)
  local found = difference(actual, expected, "value")
  if found then
    error(found, 2)
  end
end

--- Fails unless calling `body` raises an error that contains `words`.
function M.raises(words, body)
  local ok, message = pcall(body)
  if ok or not tostring(message):find(words, 1, true) then
    error("expected an error with '" .. words .. "', got " .. (ok and "none" or tostring(message)), 2)
  end
end

return M
