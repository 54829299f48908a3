-- What is asserted, and what is said when it doesn't hold. `failure(f)` answers what an assertion in `f` raised.
local function failure(f)
  local ok, e = pcall(f)
  assert(not ok, "the assertion holds")
  return e
end

local function said(f) return failure(f).message end

local function details(f)
  local lines = {}
  for i, line in ipairs(failure(f).details) do lines[i] = line.sign .. line.text end
  return table.concat(lines, "\n")
end

describe("assert", function()
  it("is Lua's own when it is called", function()
    assert.same({ 1, "two" }, { assert(1, "two") })
    assert.equal("no", said(function() assert(false, "no") end))
    assert.equal("assertion failed!", said(function() assert(nil) end))
    local reason = {}
    assert.equal(reason, failure(function() assert(false, reason) end))
  end)

  it("reads names word by word, joined by dots or lines", function()
    assert.are.equal(1, 1)
    assert.is.equal(1, 1)
    assert.is_not.equal(1, 2)
    assert.are_not.same({}, { 1 })
    assert.not_nil(1)
    assert.is.no.Nil(1)
    assert.has_no.errors(function() end)
    assert.is_True(true)
  end)

  it("names the nearest word for one that isn't there", function()
    assert.error_matches(function() assert.is_equal_value(1, 1) end, "assert.equal_value: no such assertion (did you mean assert.equal?)", 1, true)
    assert.error_matches(function() assert.is_wonderful(1) end, "assert.wonderful: no such assertion$")
  end)

  it("says the author's words first", function()
    assert.equal("the total: expected true, got 1", said(function() assert.is_true(1, "the total") end))
  end)
end)

describe("assert.equal", function()
  it("compares by ==", function()
    local t = {}
    assert.equal(t, t)
    assert.equal(1, 1.0)
    assert.equal("expected an equal value", said(function() assert.equal(1, "1") end))
    assert.equal("-1\n+\"1\"", details(function() assert.equal(1, "1") end))
  end)

  it("says when tables are alike and not the same one", function()
    local message = said(function() assert.equal({ 1 }, { 1 }) end)
    assert.equal("expected the very same table, got another one with the same entries", message)
  end)

  it("can be turned around", function()
    assert.equal('expected another value than "x"', said(function() assert.is_not.equal("x", "x") end))
  end)
end)

describe("assert.same", function()
  it("compares tables in all depths", function()
    assert.same({ a = { 1, { b = true } } }, { a = { 1, { b = true } } })
    assert.is_not.same({ a = { 1, { b = true } } }, { a = { 1, { b = false } } })
    assert.is_not.same({ 1, 2 }, { 1, 2, 3 })
    assert.is_not.same({ 1, 2, 3 }, { 1, 2 })
    assert.is_not.same({}, 0)
  end)

  it("takes NaN for the same as NaN", function()
    assert.same({ 0 / 0 }, { 0 / 0 })
    assert.is_not.equal(0 / 0, 0 / 0)
  end)

  it("compares own fields, not those of a prototype", function()
    local P = session:prototype("assertions.P", { x = 1 })
    assert.same({ y = 2 }, P:new({ y = 2 }))
    assert.is_not.same({ x = 1 }, P:new())
  end)

  it("knows cycles", function()
    local a, b, c = { name = "a" }, { name = "a" }, { name = "a" }
    a.self, b.self, c.self = a, b, { name = "a", self = { name = "other" } }
    assert.same(a, b)
    assert.is_not.same(a, c)
    assert.matches("<the table around it>", details(function() assert.same({ a }, { 1 }) end), 1, true)
  end)

  it("calls no metamethod", function()
    local meta = { __index = function() error("called") end, __eq = function() error("called") end }
    assert.is_not.same(setmetatable({ 1 }, meta), setmetatable({ 2 }, meta))
  end)

  it("shows the entries that differ, and those around them", function()
    local shown = details(function()
      assert.same({ a = 1, b = { 1, 2 }, c = "x" }, { a = 1, b = { 1, 3 }, d = false })
    end)
    assert.equal(table.concat({
      " {",
      "   a = 1,",
      "   b = {",
      "     1,",
      "-    2,",
      "+    3,",
      "   },",
      '-  c = "x",',
      "+  d = false,",
      " }",
    }, "\n"), shown)
  end)

  it("leaves out what is alike", function()
    local one, other = {}, {}
    for i = 1, 100 do one[i], other[i] = i, i end
    other[101] = "more"
    assert.equal(' {\n   1,\n   … 99 more alike\n+  [101] = "more",\n }', details(function() assert.same(one, other) end))
  end)

  it("cuts what is too long to read", function()
    local one, other = {}, {}
    for i = 1, 200 do one[i], other[i] = i, -i end
    local failed = failure(function() assert.same(one, other) end)
    assert.equal(61, #failed.details)
    assert.equal("… the rest is cut", failed.details[61].text)
    local text = details(function() assert.same({ ("x"):rep(1000) }, {}) end)
    assert.matches('xxx" … 800 bytes more', text, 1, true)
  end)

  it("names what an instance is of, and writes keys as Lua does", function()
    local P = session:prototype("assertions.Named", {})
    local shown = details(function() assert.same({ ["a b"] = 1, [1.5] = 2, [true] = 3 }, P:new({ x = "\1\n\"" })) end)
    assert.matches('^ assertions.Named {\n%-  %[1.5%] = 2,\n%-  %["a b"%] = 1,\n%+  x = "\\001\\n\\"",\n%-  %[true%] = 3,\n }$', shown)
  end)
end)

describe("assert's small ones", function()
  it("tell what they want and what there is", function()
    assert.equal('expected nil, got "x"', said(function() assert.is_nil("x") end))
    assert.equal("expected anything but nil, got nil", said(function() assert.is_not_nil(nil) end))
    assert.equal("expected a true value, got false", said(function() assert.is_truthy(false) end))
    assert.equal("expected nil or false, got 0", said(function() assert.is_falsy(0) end))
    assert.equal("expected a string, got 5", said(function() assert.is_string(5) end))
    assert.equal("expected false, got <function>", said(function() assert.is_false(print) end))
  end)

  it("know kinds of values", function()
    assert.is_string("")
    assert.is_number(1)
    assert.is_boolean(false)
    assert.is_table({})
    assert.is_function(print)
    assert.is_thread(coroutine.create(print))
    assert.is_nan(0 / 0)
  end)

  it("compare numbers with a tolerance", function()
    assert.is_near(1, 1.05, 0.1)
    assert.is_not.near(1, 1.2, 0.1)
    assert.equal("expected about 1, give or take 0.5, got 2", said(function() assert.near(1, 2, 0.5) end))
  end)

  it("match patterns, and plain text", function()
    assert.matches("^a%d$", "a1")
    assert.matches("a%d", "xa%d", 1, true)
    assert.is_not.matches("^b", "ab")
    assert.equal('expected a match of "^b", got "ab"', said(function() assert.matches("^b", "ab") end))
    assert.equal('expected a match of "x", got nil', said(function() assert.matches("x", nil) end))
  end)
end)

describe("assert.has_error", function()
  local function boom() error("boom") end

  it("wants an error", function()
    assert.has_error(boom)
    assert.has.errors(boom)
    assert.equal("expected an error, there was none", said(function() assert.has_error(function() end) end))
    assert.equal('expected no error, got "boom"', said(function() assert.has_no_error(boom) end))
  end)

  it("compares it, without the place that Lua adds", function()
    assert.has_error(boom, "boom")
    assert.has_error(function() error({ code = 5 }) end, { code = 5 })
    assert.equal('expected the error "bang", got another one', said(function() assert.has_error(boom, "bang") end))
    assert.equal('-"bang"\n+"boom"', details(function() assert.has_error(boom, "bang") end))
  end)

  it("matches it", function()
    assert.error_matches(boom, "^bo+m$")
    assert.error_matches(function() error({ message = "code 5" }) end, "5")
    assert.equal('expected an error that matches "x", got "boom"', said(function() assert.error_matches(boom, "x") end))
  end)

  it("is no catch for what another assertion finds", function()
    assert.equal("expected nil, got 1", said(function() assert.has_error(function() assert.is_nil(1) end) end))
  end)

  it("wants a function", function()
    assert.error_matches(function() assert.has_error(boom()) end, "boom")
    assert.error_matches(function() assert.has_error("boom") end, 'wants a function that it can call, got "boom"', 1, true)
  end)
end)
