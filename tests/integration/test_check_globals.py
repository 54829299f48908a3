"""`luahost check`: globals that nobody declared."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

from luahost import Session
from luahost.checking.requires import libraries_of
from luahost.checking.undeclared_globals import KNOWN

EACH = "for name in pairs(_G) do"


@pytest.mark.parametrize(
    ("lua", "column"),
    [
        ("local function f() total = 1 end", 20),
        ("function app.f() local a a, total = 1, 2 end", 29),
        ("return function() for i = 1, 2 do count = i end end", 35),
        ("local f = function() function helper() end end", 31),
        ("local x = { f = function() repeat local y y2 = y until y end }", 43),
    ],
)
def test_global_when_a_function_makes_it_then_is_found_at_its_name(checked: CheckedSite, lua: str, column: int) -> None:
    """Each way to assign a name that nobody declared has its place."""
    assert checked.places({"lua/a.lua": lua}) == [f"lua/a.lua:1:{column} undeclared-global"]


@pytest.mark.parametrize(
    "lua",
    [
        "total = 0 local function f() total = 1 end",
        "if not session.reloading then total = 0 end function f() total = 1 end",
        "_G.total = 0 local function f() total = 1 end",
        "local function f() _G.total = 1 end local function g() total = 2 end",
        "local function f(total) total = 1 end",
        "local function f() local total total = 1 end",
        "local total local function f() total = 1 end",
        "local function f() for total = 1, 2 do local x = total end end",
        "local function f() local function total() end total = nil end",
        "local function f(t) t.total = 1 t['x'] = 2 end",
        "local function f() print = nil end",
        "local _ENV = {} function f() total = 1 end",
        "local function f() local _ENV = {} total = 1 end",
        "setfenv(1, {}) function f() total = 1 end",
        "function total() end local function f() total = nil end",
    ],
)
def test_global_when_it_is_declared_or_no_global_then_is_left_alone(checked: CheckedSite, lua: str) -> None:
    """The main chunk of any file declares, as `_G` does; the rest are locals and fields."""
    assert checked.places({"lua/a.lua": lua}) == []


def test_global_when_another_file_declares_it_then_is_left_alone(checked: CheckedSite) -> None:
    """Globals belong to the whole session."""
    assert checked.places({"lua/a.lua": "total = 0", "lua/b.lua": "local function f() total = 1 end"}) == []


def test_global_when_lua_55_declares_it_then_is_left_alone(checked: CheckedSite) -> None:
    """`global` declares, also in a function, and hides a local of its name."""
    lua = "global print, total\nlocal function f() total = 1 end\nfunction g() global other other = 2 end\n"
    assert checked.places({"lua/a.lua": "global * " + lua}, vm="lua55") == []


def test_known_globals_when_compared_with_a_session_then_are_those_that_it_has(session: Session) -> None:
    """What a session begins with on any VM is no news."""
    names = session.eval(f"local n = {{}} {EACH} n[#n + 1] = name end return table.concat(n, ' ')")
    assert set(names.split()) <= KNOWN


def test_libraries_when_compared_with_a_session_then_are_those_that_it_has(session: Session, vm: str) -> None:
    """What `require` answers without a file is known for each VM."""
    tried = "local ok, found = pcall(require, name) if ok and found == _G[name] then n[#n + 1] = name end"
    names = session.eval(f"local n = {{}} {EACH} {tried} end return table.concat(n, ' ')")
    assert set(names.split()) == libraries_of(vm)
