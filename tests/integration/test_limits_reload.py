"""Limits: time and memory that run out while a save is taken. It is taken back, or stands with what failed pending."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite
from visible_state import visible_state, watch_state

from luahost import LimitExceeded
from luahost.reload.report import SessionReport

Begin = Callable[..., LiveSite]

LIMIT_S = 0.2
MEMORY_MB = 8

MAIN = "require('a') require('b') if not session:getApp() then session:createAppVariable({}) end"
A = "Person = session:prototype('Person', { name = '' })\nfunction Person:greet() return 'hello' end\nreturn { n = 1 }"
B = "Worker = session:prototype('Worker', { pay = 1 }, Person) counter = 0 return {}"
A2 = A.replace("name = ''", "name = '', age = 1").replace("hello", "good day").replace("n = 1", "m = 2")
B2 = B.replace("pay = 1", "pay = 2").replace("counter = 0", "counter = 5")
NEW = "New = session:prototype('New', {}) kept = New:new() "
PEOPLE = "people = {} for i = 1, 10 do people[i] = (i % 2 == 0 and Worker or Person):new{ name = 'p' .. i } end"

ENDLESS = "while true do end"
CATCHING = "while true do pcall(function() while true do end end) end"
GREEDY = "local t, n = {}, 0 while true do n = n + 1 t[n] = { n } end"
ENDINGS = {"time": ENDLESS, "time, caught": CATCHING, "memory": GREEDY}


@pytest.fixture
def begin(start_site: Begin, vm: str) -> Begin:
    """Returns a function that starts a host with tight limits and a session with instances, on each VM."""

    def start(**settings: object) -> LiveSite:
        files = {"lua/main.lua": MAIN, "lua/a.lua": A, "lua/b.lua": B}
        limits = {"time_limit_s": LIMIT_S, "memory_limit_mb": MEMORY_MB, **settings}
        live = start_site(files, vm=vm, **limits)
        live.session.execute(PEOPLE)
        watch_state(live.session)
        return live

    return start


def mutating(text: str) -> str:
    """Returns `a.lua` in its new form, with a `mutate`."""
    return A2.replace("return {", f"function Person:mutate(change)\n{text}\nend\nreturn {{")


def save_within_limits(live: LiveSite, files: dict[str, str]) -> SessionReport:
    """Saves files that are taken; returns the session's report."""
    report = live.save(files)
    assert report.ok, report.errors
    [taken] = report.sessions
    assert live.eval("return session.reloading") is False
    return taken


def check_taken_back(live: LiveSite, files: dict[str, str | None]) -> None:
    """Saves files that a limit ends, compares the session with what it was, and saves them well."""
    live.session.collect()
    before = visible_state(live.session)
    report = live.save(files)
    assert [type(error) for error in report.errors] == [LimitExceeded]
    after = visible_state(live.session)
    for part in before:
        assert after[part] == before[part], part
    taken = save_within_limits(live, {"lua/a.lua": A2, "lua/b.lua": B2})
    assert (taken.generation, taken.instances, taken.failures) == (1, 15, ())
    assert live.eval("return people[1].age, people[2].pay, people[1]:greet()") == (1, 2, "good day")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("module", ["a", "b"])
def test_plan_when_a_limit_ends_it_then_it_is_taken_back(begin: Begin, module: str, ending: str) -> None:
    """The first or the last module of a save may meet a limit: the last good code stays, a later save is taken."""
    files = {"lua/a.lua": A2, "lua/b.lua": B2}
    files[f"lua/{module}.lua"] = files[f"lua/{module}.lua"].replace(
        "return {", f"do {NEW} {ENDINGS[ending]} end return {{"
    )
    check_taken_back(begin(), files)


@pytest.mark.parametrize("ending", ENDINGS)
def test_nested_require_when_a_limit_ends_it_then_all_is_back(begin: Begin, ending: str) -> None:
    """A file that a reloaded one requires for the first time may meet the limit."""
    live = begin()
    live.write({"lua/new.lua": f"{NEW} require('newer')", "lua/newer.lua": f"newer = 1 {ENDINGS[ending]}"})
    check_taken_back(live, {"lua/b.lua": f"require('new') {B2}", "lua/a.lua": A2})


@pytest.mark.parametrize("ending", ENDINGS)
def test_require_when_a_limit_ends_it_then_nothing_of_it_is_left(begin: Begin, ending: str) -> None:
    """The same for a chunk that requires files, one in the other, behind `pcall`."""
    live = begin()
    live.write({"lua/new.lua": f"{NEW} pcall(require, 'newer')", "lua/newer.lua": f"newer = 1 {ENDINGS[ending]}"})
    live.session.collect()
    before = visible_state(live.session)
    with pytest.raises(LimitExceeded):
        live.session.execute("pcall(require, 'new') while true do end")
    assert visible_state(live.session) == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_mutate_when_a_limit_ends_it_then_the_reload_stands_and_the_instance_waits(begin: Begin, ending: str) -> None:
    """What a `mutate` burns is that instance's failure; those behind it wait with it, and the next save brings them."""
    live = begin()
    hungry = f"if self.name == 'p3' or self.name == 'p4' then {ENDINGS[ending]} end self.done = true"
    taken = save_within_limits(live, {"lua/a.lua": mutating(hungry), "lua/b.lua": B2})
    waiting = sum(failure.instances for failure in taken.pending)
    assert taken.ok
    assert taken.generation == 1
    assert 1 <= waiting <= 15
    assert taken.instances == 15 - waiting
    assert live.eval("return people[1]:greet(), Person.age, Worker.pay, counter") == ("good day", 1, 2, 5)
    assert sum(entry["instances"] for entry in live.eval("return session:pendingMutations()")) == waiting
    mended = save_within_limits(live, {"lua/a.lua": mutating("self.done = true"), "lua/b.lua": f"{B2} "})
    assert mended.pending == ()
    assert live.eval("for i = 1, 10 do if not people[i].done then return i end end") is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_mutate_when_a_limit_ends_it_with_rollback_then_the_reload_is_taken_back(begin: Begin, ending: str) -> None:
    """`on_mutate_error = "rollback"`: instances that were brought along before have their own fields back."""
    live = begin(on_mutate_error="rollback")
    hungry = f"self.done = true if self.name == 'p3' then {ENDINGS[ending]} end"
    check_taken_back(live, {"lua/a.lua": mutating(hungry)})


def test_memory_when_it_runs_out_between_two_instances_then_those_behind_wait(begin: Begin) -> None:
    """Instances that keep more and more: each but those that there is no room for are brought along."""
    live = begin()
    greedy = "self.room = {} for i = 1, 20000 do self.room[i] = { i } end"
    taken = save_within_limits(live, {"lua/a.lua": mutating(greedy)})
    waiting = sum(failure.instances for failure in taken.pending)
    assert 0 < waiting < 10
    live.session.execute("for i = 1, 10 do people[i].room = nil end")
    mended = save_within_limits(live, {"lua/a.lua": mutating("self.done = true"), "lua/b.lua": f"{B} "})
    assert mended.pending == ()
    assert mended.instances == waiting


def test_mutate_when_it_does_not_end_outside_a_reload_then_instances_wait_too(begin: Begin) -> None:
    """A chunk that declares a prototype again is bounded the same way; the next save brings the instances along."""
    live = begin()
    live.session.execute(f"function Person:mutate() {ENDLESS} end")
    with pytest.raises(LimitExceeded):
        live.session.execute("session:prototype('Person', { name = '', size = 1 })")
    assert live.eval("return #session:pendingMutations() > 0") is True
    taken = save_within_limits(live, {"lua/a.lua": mutating("self.done = true"), "lua/b.lua": f"{B} "})
    assert taken.pending == ()
    assert live.eval("for i = 1, 10 do if not people[i].done then return i end end") is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_on_reload_when_a_limit_ends_it_then_the_reload_stands(begin: Begin, ending: str) -> None:
    """An `onReload` hook runs when the save has been taken: what it burns takes nothing back."""
    live = begin()
    live.session.execute(f"session:onReload(function() hooked = true {ENDINGS[ending]} end)")
    taken = save_within_limits(live, {"lua/a.lua": A2})
    assert taken.generation == 1
    assert live.eval("return hooked, people[1].age, session.generation") == (True, 1, 1)
    assert save_within_limits(live, {"lua/a.lua": A2 + " "}).generation == 2


def test_reload_when_many_end_by_a_limit_then_later_ones_work(begin: Begin) -> None:
    """Ended saves leave nothing that adds up."""
    live = begin()
    before = visible_state(live.session)
    for number in range(4):
        for ending in ENDINGS.values():
            assert not live.save({"lua/a.lua": f"{A2} -- {number}".replace("return", f"do {ending} end return")}).ok
            live.session.eval("return 1")
    assert visible_state(live.session) == before
    assert save_within_limits(live, {"lua/a.lua": A2}).generation == 1
