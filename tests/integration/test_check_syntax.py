"""`luahost check`: what the site's VM doesn't compile, and where."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

ALL = ("lua54", "lua55", "luajit21")


@pytest.mark.parametrize("vm", ALL)
@pytest.mark.parametrize(
    ("lua", "place"),
    [
        ("local x = = 1", "1:11"),
        ("x = 1\n  if x = 1 then end", "2:8"),
        ("if a == = b then end", "1:9"),
        ("print('é' 'x')", "1:11"),
        ("xyz x xyz x", "1:5"),
        ("local t = {\n  a = 1\n  b = 2\n}\n", "3:3"),
        ("if x then\n  f()\n\n", "2:6"),
        ("x = 'never ends\ny = 1", "1:5"),
        ("return 1\nprint(2)", "2:1"),
        ("\n  break", "2:3"),
        ("return 1 \1", "1:10"),
        ("x = 1 " * 5000 + "x = = 1 " + "x = 1 " * 5000, "1:30005"),
    ],
)
def test_syntax_when_it_is_wrong_then_is_found_at_the_word(checked: CheckedSite, vm: str, lua: str, place: str) -> None:
    """Lua tells the line; the word that it stumbles over has the column."""
    assert checked.places({"lua/a.lua": lua}, vm=vm) == [f"lua/a.lua:{place} syntax"]


@pytest.mark.parametrize("vm", ["lua54", "lua55"])
def test_syntax_when_a_letter_is_not_of_the_alphabet_then_is_found_at_it(checked: CheckedSite, vm: str) -> None:
    """Lua names a byte that it doesn't take by its number."""
    assert checked.places({"lua/a.lua": "local é = 1"}, vm=vm) == ["lua/a.lua:1:7 syntax"]


@pytest.mark.parametrize("vm", ALL)
def test_syntax_when_it_nests_too_deep_then_the_sentence_is_luas(checked: CheckedSite, vm: str) -> None:
    """What Lua refuses for its depth has a place and no traceback."""
    message = checked.message({"lua/a.lua": "return " + "(" * 1000 + "1" + ")" * 1000}, vm=vm)
    assert message in ("C stack overflow near '('", "C stack overflow", "chunk has too many syntax levels")


NEW = {
    "goto again ::again::": ALL,
    "local x <const>, y <close> = 1, nil": ("lua54", "lua55"),
    "local a = 7 // 2 & 3 ~ 1 << 2": ("lua54", "lua55"),
    "global x = 1": ("lua55",),
    "global <const> *": ("lua55",),
    "local function f(... rest) return rest end": ("lua55",),
    "local big = 0xFFULL + 2i": ("luajit21",),
}


@pytest.mark.parametrize("vm", ALL)
@pytest.mark.parametrize("lua", NEW)
def test_syntax_when_it_is_of_a_dialect_then_the_sites_vm_decides(checked: CheckedSite, vm: str, lua: str) -> None:
    """What one Lua takes, another may refuse; what it takes, the parser knows."""
    report = checked.report({"lua/a.lua": lua}, vm=vm)
    assert [each.lint for each in report.findings] == ([] if vm in NEW[lua] else ["syntax"])
    assert report.notes == ()


def test_syntax_when_the_parser_does_not_know_it_then_a_note_says_so(checked: CheckedSite) -> None:
    """Where Lua compiles what the parser can't read, no lint guesses."""
    report = checked.report(
        {"lua/a.lua": "local function f() total = 1 end\nlocal goto = 1 goto = goto + 1"}, vm="luajit21"
    )
    note = "lua/a.lua: only its syntax was checked: the parser doesn't know all of its code"
    assert (report.findings, report.notes) == ((), (note,))


def test_syntax_when_code_nests_as_deep_as_lua_allows_then_is_read(checked: CheckedSite) -> None:
    """Neither deep blocks nor long chains are too much."""
    blocks = "do " * 180 + "total = 1 " + "end " * 180
    functions = "return " + "(function() return " * 60 + "1" + " end)" * 60
    chain = "local x = 1" + " + 1" * 20000
    report = checked.report({"lua/a.lua": blocks, "lua/b.lua": functions, "lua/c.lua": chain})
    assert (report.findings, report.notes) == ((), ())
