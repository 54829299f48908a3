local spec = require("spec")
local text = require("text")
local describe, it, same, raises = spec.describe, spec.it, spec.same, spec.raises

describe("text", function()
  it("trims white space at both ends and keeps it inside", function()
    same(text.trim("  two words \n"), "two words")
    same(text.trim(" \t "), "")
  end)

  it("takes nil, numbers and white space for blank", function()
    same({ text.isBlank(nil), text.isBlank(1), text.isBlank(" \n"), text.isBlank("a") }, { true, true, true, false })
  end)

  it("splits at a separator and leaves empty parts out", function()
    same(text.split("a, b ,,c,", ","), { "a", "b", "c" })
    same(text.split("", ","), {})
    same(text.split("one", ","), { "one" })
  end)

  it("splits at separators of several characters, and at those that mean something in a pattern", function()
    same(text.split("a--b", "--"), { "a", "b" })
    same(text.split("a.b%c", "."), { "a", "b%c" })
  end)

  it("refuses to split at nothing", function()
    raises("needs a separator", function()
      text.split("abc", "")
    end)
  end)

  it("finds text whatever its case, and never as a pattern", function()
    same({ text.contains("Ann Berg", "bERG"), text.contains("Ann", ".") }, { true, false })
    same(text.contains("Ann", ""), true)
  end)

  it("counts in words", function()
    same(text.plural(1, "contact"), "1 contact")
    same(text.plural(0, "contact"), "0 contacts")
    same(text.plural(2, "reply", "replies"), "2 replies")
  end)

  it("follows a save for everybody who holds the table", function()
    local held = text
    same(spec.edit("lua/text.lua", { { 'return count .. " " ..', 'return count .. " x " ..' } }), true)
    same(held.plural(2, "cat"), "2 x cats")
    same(app.contacts:addSamples(), "now 12 x contacts")
  end)
end)

describe("initials", function()
  it("are the first letters of the first and the last word", function()
    local text = require("text")
    same({ text.initials("Ann Berg"), text.initials(" ann  van berg "), text.initials("Bo"), text.initials("") },
      { "AB", "AB", "B", "" })
  end)

  it("are whole letters in every alphabet", function()
    same(require("text").initials("Ólafur Ægisson"), "ÓÆ")
  end)
end)

describe("guide", function()
  it("puts the explanations below each other", function()
    local guide = require("guide")
    same(guide.format("Title", { { "a()", "does a" }, { "bcd()", "does b" } }),
      "Title\n  a()" .. (" "):rep(41) .. "does a\n  bcd()" .. (" "):rep(39) .. "does b")
  end)
end)
