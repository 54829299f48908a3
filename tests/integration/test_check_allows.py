"""`luahost check`: comments that allow what a lint finds."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

MAKE = "local function f() total = 1 end"


@pytest.mark.parametrize(
    "lua",
    [
        f"{MAKE} -- luahost: allow(undeclared-global)",
        f"-- luahost: allow(undeclared-global) counted on purpose\n{MAKE}",
        f"-- luahost: allow(syntax, undeclared-global)\n{MAKE}",
        f"-- luahost: allow(undeclared-global)\n-- luahost: allow(syntax)\n{MAKE}",
        f"--[[ luahost: allow(undeclared-global) ]] {MAKE}",
        f"{MAKE} --luahost:allow( undeclared-global )",
    ],
)
def test_allow_when_it_stands_behind_or_above_a_line_then_silences_it(checked: CheckedSite, lua: str) -> None:
    """A comment speaks for its line; one that stands alone for the next."""
    assert checked.places({"lua/a.lua": lua}) == []


@pytest.mark.parametrize(
    "lua",
    [
        f"local x -- luahost: allow(undeclared-global)\n{MAKE}",
        f"-- luahost: allow(undeclared-global)\n\n{MAKE}",
        f"{MAKE}\n-- luahost: allow(undeclared-global)",
        f"{MAKE} -- luahost: allow(syntax)",
        f'local s = "-- luahost: allow(undeclared-global)" {MAKE}',
    ],
)
def test_allow_when_it_speaks_for_something_else_then_the_finding_stays(checked: CheckedSite, lua: str) -> None:
    """Neither another line nor another lint is silenced, and text is no comment."""
    assert [place.split()[1] for place in checked.places({"lua/a.lua": lua})] == ["undeclared-global"]


def test_allow_when_it_stands_in_a_page_then_silences_it(checked: CheckedSite) -> None:
    """Comments of HTML speak as those of Lua do."""
    html = (
        '<b ui-x></b> <!-- luahost: allow(view-attribute) -->\n<!-- luahost: allow(view-path) -->\n<b ui-value="a..b">'
    )
    assert checked.places({"lua/a.lua": "", "viewdefs/P.DEFAULT.html": html}) == []


def test_allow_when_there_is_no_such_lint_then_is_found_itself(checked: CheckedSite) -> None:
    """A slip of the pen allows nothing; names of other linters are taken as they are."""
    files = {"lua/a.lua": "local x\n  -- luahost: allow(undeclared-globals, selene/unused_variable)\n"}
    assert checked.places(files) == ["lua/a.lua:2:3 unknown-allow"]
    assert checked.message(files) == "there is no lint 'undeclared-globals' to allow; did you mean undeclared-global?"
    assert checked.places({"lua/a.lua": "", "html/a.html": "<!-- luahost: allow() -->"}) == [
        "html/a.html:1:1 unknown-allow"
    ]
