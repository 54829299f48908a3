-- What surrounds a spec: hooks, words that stand elsewhere, and the session's turns between its lines.
local order = {}

local function note(word)
  return function() order[#order + 1] = word end
end

describe("hooks", function()
  before_each(note("outer before"))
  after_each(note("outer after"))

  describe("of a describe in a describe", function()
    setup(note("inner before"))
    teardown(note("inner after"))

    it("run outside in, before the spec", function()
      assert.same({ "outer before", "inner before" }, order)
    end)
  end)

  it("of other describes don't run", function()
    assert.same({ "outer before" }, order)
  end)
end)

describe("a spec", function()
  local left = 0

  it("may leave something behind", function()
    left, leftGlobal = 1, 1
    assert.equal(1, leftGlobal)
  end)

  it("finds nothing of another one", function()
    assert.same({ 0 }, { left, leftGlobal })
  end)

  it("has words of its own, which the site doesn't have", function()
    assert.is_nil(_G.describe)
    assert.is_function(_G.assert)
    assert.equal(spec, require("luahost.spec").spec)
    assert.equal(it, require("luahost.spec").it)
  end)

  it("can't declare others while it runs", function()
    assert.error_matches(function() it("late", function() end) end, "it belongs into the file or a describe")
    assert.error_matches(function() before_each(function() end) end, "before_each belongs into the file")
  end)

  it("writes globals where the session has them", function()
    written = "here"
    assert.equal("here", _G.written)
  end)

  it("goes on in a turn of its own, through pcall", function()
    local ok = pcall(function() spec.advance(1) end)
    assert.is_true(ok)
    assert.has_no.errors(function() spec.source("lua/main.lua") end)
  end)
end)

describe("spec.advance", function()
  it("lets timers fire in their order, each at its moment", function()
    local fired = {}
    session:setTimeout(function() fired[#fired + 1] = "late" end, 2000)
    session:setTimeout(function()
      fired[#fired + 1] = "early"
      session:setTimeout(function() fired[#fired + 1] = "between" end, 500)
    end, 1000)
    session:setInterval(function() fired[#fired + 1] = "tick" end, 900)
    spec.advance(2)
    assert.same({ "tick", "early", "between", "tick", "late" }, fired)
  end)

  it("counts what is left of the time", function()
    local count = 0
    session:setInterval(function() count = count + 1 end, 1000)
    spec.advance(0.6)
    spec.advance(0.6)
    assert.equal(1, count)
    spec.advance(60)
    assert.equal(61, count)
  end)

  it("lets nothing fire by itself", function()
    local fired = false
    session:setImmediate(function() fired = true end)
    spec.source("lua/main.lua")
    assert.is_false(fired)
    spec.advance(0)
    assert.is_true(fired)
  end)

  it("raises what a timer raises", function()
    session:setTimeout(function() error("in the timer") end, 10)
    assert.has_error(function() spec.advance(1) end, "in the timer")
    assert.has_no.errors(function() spec.advance(1) end)
  end)

  it("wants a number of seconds", function()
    for _, wrong in ipairs({ -1, 0 / 0, 1 / 0, "1" }) do
      assert.error_matches(function() spec.advance(wrong) end, "how many seconds")
    end
  end)

  it("is for the spec itself", function()
    local co = coroutine.wrap(function() spec.advance(1) end)
    assert.error_matches(co, "spec.advance waits for a turn to end: call it in the spec itself", 1, true)
  end)
end)

describe("spec.reload", function()
  local MAIN = "lua/main.lua"

  it("tells what it changed", function()
    local report = spec.edit("apps/contacts/app.lua", { { '  note = "",\n', '  note = "",\n  email = "none",\n' } })
    assert.same({ "email" }, report.changes.Contact.added)
    assert.same({ "apps/contacts/app.lua" }, report.modules)
    assert.same({ true, 1 }, { report.ok, report.generation })
    assert.is_nil(report.error)
  end)

  it("tells why it was taken back", function()
    local report = spec.reload({ [MAIN] = "app = nil\nerror('half way')" })
    assert.is_false(report.ok)
    assert.equal("lua/main.lua:2: half way", report.error)
    assert.is_table(app)
    assert.matches("^lua/main.lua:1: ", spec.reload({ [MAIN] = "x = = 1" }).error)
  end)

  it("takes a file that isn't there yet, and one with another one's name", function()
    local report = spec.reload({
      ["apps/fresh/app.lua"] = "return { answer = 42 }",
      [MAIN] = spec.source(MAIN) .. "\nFresh = require('fresh.app')\n",
    })
    assert.is_nil(report.error)
    assert.equal(42, Fresh.answer)
    spec.reload({ ["apps/fresh/app.lua"] = "return { answer = 43 }" })
    assert.equal(43, Fresh.answer)
  end)

  it("takes a file away", function()
    spec.reload({ ["lua/text.lua"] = false })
    session:unloadModule("text")
    assert.error_matches(function() require("text") end, "module 'text' not found")
    assert.error_matches(function() spec.source("lua/text.lua") end, "gone")
  end)

  it("does nothing for the same text", function()
    local report = spec.reload({ [MAIN] = spec.source(MAIN) })
    assert.same({ true, {}, {}, 0 }, { report.ok, report.modules, report.changes, report.generation })
    assert.is_true(spec.reload({}).ok)
  end)

  it("raises what its hooks raise", function()
    session:onReload(function() error("in the hook") end)
    assert.has_error(function() spec.reload({ [MAIN] = spec.source(MAIN) .. "\n" }) end, "in the hook")
  end)

  it("wants Lua files of the site, and texts", function()
    assert.error_matches(function() spec.reload({ ["viewdefs/x.html"] = "" }) end, "is no Lua file of the site")
    assert.error_matches(function() spec.reload({ ["../x.lua"] = "" }) end, "leads out")
    assert.error_matches(function() spec.reload({ ["/etc/x.lua"] = "" }) end, "absolute")
    assert.error_matches(function() spec.reload({ [MAIN] = 5 }) end, "is a string, or false")
    assert.error_matches(function() spec.reload({ "x" }) end, "named by its path")
    assert.error_matches(function() spec.reload("x") end, "table of texts by file expected")
  end)
end)

describe("spec.edit", function()
  it("wants a text that stands there once", function()
    assert.error_matches(function() spec.edit("lua/main.lua", { { "nowhere in it", "" } }) end, "has nowhere: nowhere in it")
    assert.error_matches(function() spec.edit("lua/main.lua", { { "local", "" } }) end, "has more than once: local")
    assert.error_matches(function() spec.edit("lua/main.lua", { "local" }) end, "a change is a pair of texts")
    assert.error_matches(function() spec.edit("lua/nosuch.lua", {}) end, "lua/nosuch.lua")
  end)
end)
