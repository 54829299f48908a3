"""`luahost check`: requires for which there is no file, and files that require each other."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

UNRESOLVED, CIRCULAR = "unresolved-require", "circular-require"


def test_require_when_there_is_no_file_then_is_found_at_its_name(checked: CheckedSite) -> None:
    """Each way to write a require that finds nothing has its place."""
    lua = 'local a = require("nowhere")\nlocal b = require "no.where"\n  require[[gone]]\nrequire("lua/gone.lua")\n'
    assert checked.places({"lua/main.lua": lua}) == [
        "lua/main.lua:1:19 unresolved-require",
        "lua/main.lua:2:19 unresolved-require",
        "lua/main.lua:3:10 unresolved-require",
        "lua/main.lua:4:9 unresolved-require",
    ]


@pytest.mark.parametrize(
    "lua",
    [
        'require("part")',
        'require("shop.app")',
        'require("shop")',
        'require("lua/part.lua")',
        'require("tools.part")',
        'require("string")',
        "local name = ... require(name)",
        'require("part" .. suffix)',
        'local require = print require("nowhere")',
        'local ok, json = pcall(require, "nowhere")',
        'local ok = xpcall(require, print, "nowhere")',
        'pcall(function() return require("nowhere") end)',
        'package.loaded["nowhere"] = {} require("nowhere")',
        'package.preload.nowhere = print require("nowhere")',
        'local old = require function require(name) return old(name) end require("nowhere")',
    ],
)
def test_require_when_it_can_be_found_or_can_not_be_known_then_is_left_alone(checked: CheckedSite, lua: str) -> None:
    """Files are found as `require` finds them; computed, optional and given modules are nobody's business."""
    files = {"lua/part.lua": "", "apps/shop/app.lua": "", "apps/shop/init.lua": "", "tools/part.lua": ""}
    assert checked.places({**files, "lua/main.lua": lua}) == []


@pytest.mark.parametrize(("vm", "library"), [("lua54", "utf8"), ("lua55", "utf8"), ("luajit21", "bit")])
def test_require_when_it_names_a_library_then_the_vm_decides(checked: CheckedSite, vm: str, library: str) -> None:
    """What one VM brings, another may lack."""
    files = {"lua/main.lua": "require('utf8') require('bit')"}
    (message,) = [each.message for each in checked.report(files, vm=vm).findings]
    assert f"'{library}'" not in message


def test_require_when_a_name_is_near_then_it_is_told(checked: CheckedSite) -> None:
    """A slip of the pen finds the module that was meant."""
    files = {"lua/main.lua": 'require("shop.ap")', "apps/shop/app.lua": ""}
    assert checked.message(files) == "module 'shop.ap' not found: no such file (did you mean 'shop.app'?)"


def test_require_when_nothing_is_near_then_the_places_are_told(checked: CheckedSite) -> None:
    """The sentence is one line."""
    message = checked.message({"lua/main.lua": 'require("x.y")'})
    assert message == "module 'x.y' not found: no such file; searched lua/x/y.lua, apps/x/y.lua, x/y.lua"


def test_require_when_it_leads_elsewhere_in_the_site_then_that_file_is_checked_too(checked: CheckedSite) -> None:
    """Not only `lua/` and `apps/` are looked at, but all that they load."""
    files = {
        "lua/main.lua": 'require("parts.one")',
        "parts/one.lua": 'require("parts.two")',
        "parts/two.lua": "x = = 1",
    }
    assert checked.places(files) == ["parts/two.lua:1:5 syntax"]


def test_circle_when_files_require_each_other_at_load_then_the_whole_of_it_is_named(checked: CheckedSite) -> None:
    """A circle is told once, from the file that comes first."""
    files = {
        "lua/main.lua": 'require("c")',
        "lua/c.lua": 'local x = 1\nreturn require("a")',
        "lua/a.lua": 'local b = require("b")',
        "lua/b.lua": 'if true then require("c") end',
    }
    assert checked.places(files) == ["lua/a.lua:1:19 circular-require"]
    assert "circular require: lua/a.lua → lua/b.lua → lua/c.lua → lua/a.lua: " in checked.message(files)


def test_circle_when_a_file_requires_itself_then_is_one(checked: CheckedSite) -> None:
    """The smallest circle is a file."""
    assert "lua/a.lua → lua/a.lua:" in checked.message({"lua/a.lua": 'require("a")'})


def test_circle_when_two_of_them_share_a_file_then_both_are_told(checked: CheckedSite) -> None:
    """No circle hides behind another."""
    files = {"lua/a.lua": 'require("b")\nrequire("c")', "lua/b.lua": 'require("a")', "lua/c.lua": 'require("a")'}
    assert checked.places(files) == ["lua/a.lua:1:9 circular-require", "lua/a.lua:2:9 circular-require"]


@pytest.mark.parametrize(
    "back",
    ['function M.f() return require("a") end', 'local a = function() return require("a") end', '-- require("a")'],
)
def test_circle_when_a_require_is_done_later_then_there_is_none(checked: CheckedSite, back: str) -> None:
    """What a function requires is there when the function is called."""
    assert checked.places({"lua/a.lua": 'require("b")', "lua/b.lua": f"local M = {{}}\n{back}\nreturn M"}) == []
