"""Saves that fail, wherever it is: the session is exactly as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite
from visible_state import visible_state, watch_state

from luahost import LuaError
from luahost.testing.fake_clock import FakeClock

Start = Callable[..., LiveSite]

MAIN = """
require('a') require('b') require('c')
App = session:prototype('App', { title = 'app' })
if not session:getApp() then session:createAppVariable(App:new{ people = {} }) end
"""
A = """
local M = { limit = 1, cache = {} }
Person = session:prototype('Person', { name = '', age = 1, tags = { 'x' } })
function Person:greet() return 'hello' end
function M.helper() return Person end
return M
"""
B = """
Worker = session:prototype('Worker', { pay = 1 }, Person)
local old = session.getApp
function session:getApp() return old(self) end
session.theme = 'dark'
ui.registerPresenter('Card', {})
settings = { size = 1, f = function() return 1 end }
"""
C = """
local M = setmetatable({ n = 1 }, { __index = { fallback = 1 } })
counter = 0
function bump() counter = counter + 1 return counter end
session:onReload(function() reloads = (reloads or 0) + 1 end)
return M
"""
A2 = (
    A.replace("age = 1", "size = 2").replace("'x'", "'y'").replace("greet", "salute").replace("limit = 1", "limit = 2")
    + "\n"
)
B2 = B.replace("pay = 1", "pay = 2, rank = 1").replace("'dark'", "'light'").replace("size = 1", "size = 2")
C2 = C.replace("n = 1", "m = 2").replace("counter = 0", "counter = 10").replace("bump", "add")

EFFECTS = {
    "nothing": "",
    "prototype removed": "session:removePrototype('Worker')",
    "prototypes removed": "session:removePrototype('Person') session:removePrototype('Worker')",
    "prototype removed and made anew": "session:removePrototype('Person') session:prototype('Person', { other = 1 })",
    "prototype made": "session:prototype('Fresh', { a = 1 }):new()",
    "fields changed": "session:prototype('Person', { name = EMPTY, age = 'old', more = {} })",
    "base changed": "session:prototype('Worker', { pay = 1 }, session:prototype('Base', {}))",
    "state on a prototype": "Person.nextId = 5; Person.greet = nil; Worker.greet = print",
    "timers set": "session:setTimeout(function() late = 1 end, 1) session:setImmediate(function() late = 2 end)",
    "session wrapped": "local old = session.create function session:create(...) return old(self, ...) end",
    "session's fields": "session.theme = nil session.extra = {} session.prototype = nil",
    "module unloaded": "session:unloadModule('b')",
    "folder unloaded": "session:unloadDirectory('lua')",
    "module forgotten": "package.loaded.b = nil package.loaded.fake = { 1 }",
    "globals": "counter = 'gone' bump = nil fresh = {} settings.size = 9 settings.f = nil settings.g = print",
    "global replaced": "settings = { other = true } Person = nil",
    "globals from the start": "print = nil tostring = {} string = setmetatable({}, { __eq = error }) load = print",
    "instances made": "for i = 1, 20 do Person:new{ name = 'extra' } Worker:new() end",
    "instance moved": "session:create(Worker, ann) session:create(Person, bob)",
    "metatables": "setmetatable(Person, { __index = print }) setmetatable(Worker, nil)",
    "root replaced": "session:createAppVariable({ title = 'another' })",
    "presenter registered": "ui.registerPresenter('Other', {}) ui.registerWrapper('Card', {})",
    "hooks": "session:onReload(function() reloads = -100 end) session:onClose(function() end)",
    "new module": "require('new')",
}
NEW = "New = session:prototype('New', {}) NewThing = New:new() return { 1 }"


def begin(start: Start, **settings: object) -> LiveSite:
    live = start({"lua/main.lua": MAIN, "lua/a.lua": A, "lua/b.lua": B, "lua/c.lua": C, "lua/new.lua": NEW}, **settings)
    live.session.execute(
        "ann = Person:new{ name = 'Ann', age = 5, own = {} }; bob = Worker:new{ name = 'Bob' }\n"
        "session:getApp().people[1] = ann; require('a').cache.x = 1; settings.mine = true; Person.shared = 3"
    )
    watch_state(live.session)
    return live


def check_taken_back(live: LiveSite, files: dict[str, str], message: str) -> None:
    """Saves files that fail, compares the session with what it was, and saves them well."""
    before = visible_state(live.session)
    report = live.save(files)
    assert message in str(report.errors[0])
    after = visible_state(live.session)
    for part in before:
        assert after[part] == before[part], part
    fixed = {path: {"lua/a.lua": A, "lua/b.lua": B, "lua/c.lua": C}[path] + "-- fixed\n" for path in files}
    [fixed_report] = live.save_well(fixed).sessions
    assert (fixed_report.prototypes, fixed_report.kept) == ((), ())
    assert live.eval("return reloads, late, session:countInstances(Person, true)") == (1, None, 2)


@pytest.mark.parametrize("effect", EFFECTS)
def test_error_when_a_module_did_something_before_then_it_is_undone(start: Start, effect: str) -> None:
    """Row 22: whatever top-level code did before it raised is not to be seen afterwards."""
    check_taken_back(
        begin(start), {"lua/c.lua": f"{C2}".replace("return M", f"{EFFECTS[effect]} error('stop')")}, "stop"
    )


def test_error_when_globals_from_the_start_were_changed_before_then_they_stay_so(start: Start) -> None:
    """Row 22: what the session had replaced or removed of what there was at its start is so again."""
    live = begin(start)
    live.session.execute(
        "unpack, load, extra = nil, 'mine', string session.createAppVariable = nil session.theme = string"
    )
    back = "unpack, load, extra = error, error, nil session.createAppVariable, session.theme = error, nil error('stop')"
    check_taken_back(live, {"lua/c.lua": C2.replace("return M", back)}, "stop")
    assert live.eval("return rawget(_G, 'unpack'), load, extra == string, session.createAppVariable") == (
        None,
        "mine",
        True,
        None,
    )


@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_error_when_in_any_module_of_the_plan_then_all_are_back(start: Start, place: str) -> None:
    """Row 22: the first, a middle or the last module of the plan may raise: all of them are taken back."""
    files = {"lua/a.lua": A2, "lua/b.lua": B2, "lua/c.lua": C2}
    failing = {"first": "lua/a.lua", "middle": "lua/b.lua", "last": "lua/c.lua"}[place]
    files[failing] = files[failing].replace("return M", "") + "error('stop')"
    check_taken_back(begin(start), files, "stop")


@pytest.mark.parametrize("call", ["require('new2')", "require('broken')", "require('nowhere')"])
def test_error_when_in_a_nested_require_then_all_is_back(start: Start, call: str) -> None:
    """Row 22: an error in a file that a reloaded module requires for the first time takes both back."""
    live = begin(start)
    live.write({"lua/new2.lua": NEW.replace("return", "error('stop') return"), "lua/broken.lua": "stop stop"})
    message = {"require('new2')": "stop", "require('broken')": "'stop'", "require('nowhere')": "nowhere"}[call]
    check_taken_back(live, {"lua/b.lua": B2 + call}, message)


def test_error_when_a_planned_module_raises_within_pcall_then_the_save_fails(start: Start) -> None:
    """Row 22: a module of the plan that another one requires behind a `pcall` fails the batch all the same."""
    files = {"lua/a.lua": "pcall(require, 'c')\n" + A2, "lua/c.lua": C2.replace("return M", "error('stop')")}
    check_taken_back(begin(start), files, "stop")


@pytest.mark.parametrize("raised", ["error()", "error({ code = 1 })", "error('stop', 0)", "local x = nil + 1"])
def test_error_when_it_is_any_value_then_the_save_is_taken_back(start: Start, raised: str) -> None:
    """Row 22: what is raised need not be text."""
    check_taken_back(begin(start), {"lua/c.lua": C2.replace("return M", raised)}, "")


def test_mutate_when_it_fails_with_rollback_then_own_fields_are_back(start: Start) -> None:
    """`on_mutate_error = "rollback"`: a failing `mutate` fails the reload, and instances have their own fields back."""
    live = begin(start, on_mutate_error="rollback")
    live.session.execute("for i = 1, 5 do keep = { keep, Person:new{ name = 'p' .. i } } end; keep = nil")
    mutate = "function Person:mutate()\n  self.done = true; self.age = nil; self.name = self.name .. '!'\n"
    mutate += "  if self.name == 'Bob!' then error('stop') end\nend\nreturn M"
    live.session.collect()
    check_taken_back(live, {"lua/a.lua": A2.replace("return M", mutate)}, "stop")


def test_mutate_when_it_fails_in_a_later_step_with_rollback_then_all_steps_are_back(start: Start) -> None:
    """`on_mutate_error = "rollback"`: also the steps that had been taken for other prototypes."""
    live = begin(start, on_mutate_error="rollback")
    files = {
        "lua/a.lua": A2.replace("return M", "function Person:mutate() self.first = 1 end return M"),
        "lua/b.lua": B2 + "function Worker:mutate() error('stop') end",
    }
    check_taken_back(live, files, "stop")


@pytest.mark.parametrize("bad", ["session:removePrototype('A')", "require('nested')"])
def test_methods_when_a_failed_load_had_touched_them_then_the_next_module_takes_none_over(
    start: Start, bad: str
) -> None:
    """Whose function is it: what was put back after a failed load is as it was, and nobody else's from then on."""
    declared = "local A = session:prototype('A', { n = 1 }) function A.%s() return %s end"
    texts = {
        "a": declared % ("f", 1),
        "bad": f"{bad} error('no')",
        "nested": declared % ("f", 2),
        "b": declared % ("g", 1),
    }
    live = start({"lua/main.lua": "require('a')", **{f"lua/{name}.lua": text for name, text in texts.items()}})
    with pytest.raises(LuaError, match=r"no$"):
        live.require("bad")
    live.require("b")
    report = live.save_well({"lua/b.lua": declared % ("g", 2)})
    assert (report.modules, report.sessions[0].kept) == (("lua/b.lua",), ())


def test_instances_when_a_failed_save_made_them_then_they_are_not_mutated_later(start: Start) -> None:
    """The transaction: memberships of instances that were made are taken back."""
    live = begin(start)
    live.save({"lua/c.lua": C2.replace("return M", "held = { Person:new(), Worker:new() } error('stop')")})
    live.save_well({"lua/a.lua": A2})
    assert live.eval("return session:countInstances(Person), session:countInstances(Worker)") == (1, 1)


def test_timers_when_a_failed_save_cleared_them_then_they_keep_their_time(
    vm: str, start_site: Start, clock: FakeClock, wait_until: Callable[..., None]
) -> None:
    """The transaction: timers are back with the time that remained, and those of the failed save are gone."""
    text = "fired = fired or {}\none = session:setTimeout(function() fired[#fired + 1] = 'one' end, 100)\n"
    live = start_site({"lua/main.lua": text}, vm=vm, clock=clock)
    clock.advance(0.060)
    live.save({"lua/main.lua": text.replace("'one'", "'new'") + "session:clearTimeout(one - 1) error('stop')"})
    clock.advance(0.039)
    assert live.eval("return fired") == []
    clock.advance(0.002)
    wait_until(lambda: live.eval("return fired") == ["one"], "the timeout")
    clock.advance(0.1)
    assert live.eval("return fired") == ["one"]


def test_failed_saves_when_there_are_many_then_the_session_is_still_as_it_was(vm: str, start_site: Start) -> None:
    """The transaction: taking back leaves nothing that adds up."""
    live = begin(start_site, vm=vm)
    before = visible_state(live.session)
    for number in range(10):
        for effect in EFFECTS.values():
            live.write({"lua/c.lua": C2.replace("return M", f"{effect} error('stop {number}')")})
            live.host.reload()
    assert visible_state(live.session) == before
