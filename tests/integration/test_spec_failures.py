"""What a failing spec shows, against texts in tests/golden (`GOLDEN=write pytest` writes them anew)."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from _pytest._io import TerminalWriter
from spec_runs import SPEC, SpecRuns, WriteSite

from luahost import LuaHostError
from luahost.testing.spec_failure import SpecFailure

GOLDEN = Path(__file__).parent.parent / "golden"

TABLES = """\
describe("contacts", function()
  it("are told in order, with all that is known of them", function()
    local expected = { { name = "Ann Berg", phones = { "555 0100" } }, { name = "Ben Cole", phones = {} }, total = 2 }
    local contacts = { { name = "Ann Berg", phones = { "555 0100", "555 0101" } }, { name = "Ben Kohl", phones = {} } }
    contacts[2].friend = contacts[1]
    assert.same(expected, contacts)
  end)
end)
"""
LONG = """\
it("compares long lists", function()
  local squares, found = {}, {}
  for i = 1, 500 do squares[i], found[i] = i * i, i * i end
  found[250], found[400] = 0, ("many words "):rep(40)
  assert.same(squares, found)
end)
"""
CYCLE = """\
it("compares what goes in a circle", function()
  local root = { name = "root" }
  root.child = { parent = root, name = "child" }
  assert.same({ name = "root", child = { name = "other" } }, root)
end)
"""
RAISES = """\
it("lets a timer fire that fails", function()
  session:setTimeout(app, "boom", 500)
  spec.advance(1)
end)
"""
SAVED = """\
it("runs into what it saved", function()
  spec.edit("apps/x/app.lua", { { 'error("boom")', 'local t = nil\\n  return t.field' } })
  app:boom()
end)
"""
ENDLESS = """\
it("never ends", function()
  local n = 0
  while true do n = n + 1 end
end)
"""
MEMORY = """\
it("wants too much", function()
  local t = {}
  for i = 1, 1e7 do t[i] = ("x"):rep(1e5) .. i end
end)
"""
SYNTAX = """\
describe("a file", function()
  it("has a mistake", function()
    local x = = 1
  end)
end)
"""

CASES = {
    "tables": TABLES,
    "long": LONG,
    "cycle": CYCLE,
    "raises": RAISES,
    "saved": SAVED,
    "endless": ENDLESS,
    "syntax": SYNTAX,
}


def shown(site: WriteSite, body: str, *, width: int = 80, is_coloured: bool = False, encoding: str = "utf-8") -> str:
    """Returns what is shown of a spec that fails."""
    runs = SpecRuns(site, time_limit_s=0.2, memory_limit_mb=16)
    error = runs.run(body)
    assert isinstance(error, LuaHostError)
    failure = SpecFailure(error, runs.root, runs.root / SPEC, edited=runs.edited, at=(SPEC, 1))
    out = io.BytesIO()
    writer = TerminalWriter(io.TextIOWrapper(out, encoding=encoding, newline="\n"))
    writer.hasmarkup, writer.fullwidth = is_coloured, width
    failure.toterminal(writer)
    writer.flush()
    return out.getvalue().decode(encoding)


def check(name: str, text: str) -> None:
    """Compares a text with a golden one, or writes that."""
    file = GOLDEN / f"spec_{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_failure_when_shown_in_80_columns_then_is_as_written(site: WriteSite, case: str) -> None:
    """Message, source and stack, and how two values differ, in 80 columns."""
    check(case, shown(site, CASES[case]))


def test_failure_when_shown_in_200_columns_then_lines_are_whole(site: WriteSite) -> None:
    """A wide terminal has the whole of long lines."""
    check("tables_200", shown(site, TABLES, width=200))


def test_failure_when_the_terminal_has_colours_then_uses_them(site: WriteSite) -> None:
    """What was expected is red, what there is green."""
    check("colour", shown(site, TABLES, is_coloured=True))


def test_failure_when_memory_ran_out_then_names_the_spec(site: WriteSite) -> None:
    """Lua can't tell in which line memory ran out: the spec's own is shown."""
    assert shown(site, MEMORY, width=200).splitlines()[0].startswith(f"{SPEC}:1: not enough memory: ")


def test_failure_when_a_terminal_is_too_narrow_then_is_readable_still(site: WriteSite) -> None:
    """Nothing breaks in a terminal of ten columns."""
    assert "expected the same" in shown(site, TABLES, width=10)


def test_failure_when_the_output_knows_ascii_alone_then_is_written_in_it(site: WriteSite) -> None:
    """A terminal without UTF-8 has other lines around the source, and no escape codes for them."""
    text = shown(site, TABLES, encoding="ascii")
    assert '    4 |     local contacts = { { name = "Ann Berg", phones = { "555 0100", "555~' in text.splitlines()
