"""`luahost check`: what its lints warn of does happen in a live session, and what they leave alone doesn't."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from checked_site import CheckedSite
from live_site import LiveSite

from luahost import Host
from luahost.checking.checker import check
from luahost.errors import LuaError, ModuleNotFound

RECORD = """\
local Record = session:prototype("Record", {{ id = EMPTY }})
function Record:check() return "{0}" end
return Record
"""
TEXT = 'local M = {{}}\nfunction M.check() return "{0}" end\nreturn M\n'
MAIN = """\
local Record, text = require("record"), require("text")
local Note = session:prototype("Note", {{ id = EMPTY }})
one = one or Note:new()
{0}
function ask() {1} end
"""


@pytest.mark.parametrize(
    ("kept", "asked", "answer"),
    [
        ("local check = Record.check", "return check()", "old"),
        ("local check = text.check", "return check()", "old"),
        ("local used = {} used.f = Record.check", "return used.f()", "old"),
        ("function Note:keep() self.f = Record.check end one.f = nil one:keep()", "return one.f()", "old"),
        ("if not session.reloading then two = Note:new{ f = Record.check } end", "return two.f()", "old"),
        ("", "return Record.check()", "new"),
        ("", "local check = Record.check return check()", "new"),
        ("Note.f = Record.check", "return one.f()", "new"),
        ("session.f = text.check", "return session.f()", "new"),
        ("check = text.check", "return check()", "new"),
        ("Names = {} Names.check = text.check", "return Names.check()", "new"),
    ],
)
def test_copies_when_the_function_is_reloaded_then_those_that_are_found_are_old(
    start_site: Callable[..., LiveSite], kept: str, asked: str, answer: str
) -> None:
    """What the lint finds answers as before the reload, what it leaves alone as after it."""
    files = {"lua/main.lua": MAIN.format(kept, asked), "lua/record.lua": RECORD.format("old")}
    live = start_site({**files, "lua/text.lua": TEXT.format("old")})
    found = [each.lint for each in check(live.host.settings, which=lambda _: None).findings]
    live.save_well({"lua/record.lua": RECORD.format("new"), "lua/text.lua": TEXT.format("new")})
    assert live.eval("return ask()") == answer
    lint = "copied-function" if "text" in kept else "copied-method"
    assert found == ([lint] if answer == "old" else [])


def test_interval_when_its_function_is_reloaded_then_it_goes_on_with_the_old(
    start_site: Callable[..., LiveSite], wait_until: Callable[..., None]
) -> None:
    """An interval by function keeps it; one by object and name doesn't."""
    main = 'local Record = require("record") session:setInterval(Record.check, 1)'
    record = "local R = session:prototype('Record', {{}}) function R.check() last = '{0}' end return R"
    live = start_site({"lua/main.lua": main, "lua/record.lua": record.format("old")})
    live.save_well({"lua/record.lua": record.format("new")})
    live.session.execute("last = nil")
    wait_until(lambda: live.eval("return last") is not None, "a tick")
    assert live.eval("return last") == "old"


def test_shared_default_when_one_instance_fills_it_then_all_see_it(host: Host, checked: CheckedSite) -> None:
    """The table of the init is the one that instances read."""
    files = {"lua/main.lua": 'P = session:prototype("P", { list = {} }) a, b = P:new(), P:new()'}
    assert checked.places(files) == ["lua/main.lua:1:30 shared-table-default"]
    assert host.create_session().eval("a.list[1] = 'x' return b.list[1]") == "x"


def test_circle_when_the_second_file_asks_then_it_gets_true(host: Host, checked: CheckedSite) -> None:
    """Whoever comes second in a circle has no module."""
    files = {
        "lua/main.lua": 'require("a")',
        "lua/a.lua": 'local b = require("b") return { name = "a" }',
        "lua/b.lua": 'got = require("a") return {}',
    }
    assert checked.places(files) == ["lua/a.lua:1:19 circular-require"]
    assert host.create_session().eval("return got") is True


def test_unresolved_require_when_it_runs_then_it_raises(host: Host, checked: CheckedSite) -> None:
    """The name stands for nothing when the session asks, either."""
    assert checked.places({"lua/main.lua": 'require("nowhere")'}) == ["lua/main.lua:1:9 unresolved-require"]
    with pytest.raises((LuaError, ModuleNotFound), match="module 'nowhere' not found"):
        host.create_session()


def test_duplicate_prototype_when_both_files_run_then_the_last_wins(host: Host, checked: CheckedSite) -> None:
    """Two files that declare one name have one prototype, with the fields of the later."""
    files = {
        "lua/main.lua": 'A = require("a") B = require("b")',
        "lua/a.lua": 'return session:prototype("P", { one = 1 })',
        "lua/b.lua": 'return session:prototype("P", { two = 2 })',
    }
    assert checked.places(files) == ["lua/b.lua:1:8 duplicate-prototype"]
    assert host.create_session().eval("return A == B, A.one, A.two") == (True, None, 2)
