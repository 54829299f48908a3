"""Modules that return tables, saved while others hold the table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]


def begin(start: Start, text: str) -> LiveSite:
    """Starts a session that keeps what the module answered in the global `held`."""
    return start({"lua/main.lua": "held = require('m')\n", "lua/m.lua": text})


def save(live: LiveSite, text: str) -> tuple[str, ...]:
    """Saves the module; returns the notes of the report."""
    return live.save_well({"lua/m.lua": text}).sessions[0].kept


def test_module_table_when_saved_then_it_keeps_its_identity(start: Start) -> None:
    """Row 14: holders of the table and `require` go on with one table."""
    live = begin(start, "return { f = function() return 1 end }")
    assert save(live, "return { f = function() return 2 end, g = function() return 3 end }") == ()
    assert live.eval("return held == require('m'), held.f(), held.g()") == (True, 2, 3)


def test_module_function_when_removed_then_it_goes(start: Start) -> None:
    """Row 14: removed functions go from the old table."""
    live = begin(start, "local M = {}\nfunction M.f() return 1 end\nfunction M.g() return 2 end\nreturn M")
    save(live, "local M = {}\nfunction M.g() return 3 end\nreturn M")
    assert live.eval("return held.f, held.g()") == (None, 3)


def test_module_function_when_the_session_replaced_it_then_the_file_wins(start: Start) -> None:
    """Row 14: functions follow the file."""
    live = begin(start, "return { f = function() return 1 end }")
    live.session.execute("held.f = function() return 'patched' end")
    save(live, "return { f = function() return 2 end }")
    assert live.eval("return held.f()") == 2


@pytest.mark.parametrize("new", ["2", "'two'", "true", "2.5"])
def test_scalar_when_the_file_changes_it_then_it_follows(start: Start, new: str) -> None:
    """Row 14: a scalar follows the file unless the running session has changed it."""
    live = begin(start, "return { a = 1, b = 1, gone = 1 }")
    live.session.execute("held.b = 10")
    save(live, f"return {{ a = {new}, b = {new} }}")
    assert live.eval(f"return held.a == {new}, held.b, held.gone") == (True, 10, None)


@pytest.mark.parametrize("old", ["1", "function() return 1 end"])
@pytest.mark.parametrize("new", ["2", "{ 'table' }", "function() return 2 end"])
def test_entry_when_it_becomes_another_kind_then_it_is_the_files(start: Start, old: str, new: str) -> None:
    """Row 14: an entry that was a scalar or a function follows the file into another kind."""
    live = begin(start, f"return {{ x = {old} }}")
    save(live, f"return {{ x = {new} }}")
    seen = "type(held.x) == 'function' and held.x() or type(held.x) == 'table' and held.x[1] or held.x"
    assert live.eval(f"return {seen}") == ("table" if "table" in new else 2)


def test_scalar_when_it_is_not_a_number_then_it_follows(start: Start) -> None:
    """Row 14: NaN, which is unequal to itself, is not for that a value that the session has changed."""
    live = begin(start, "return { a = 0 / 0, gone = 0 / 0 }")
    save(live, "return { a = 1 }")
    assert live.eval("return held.a, held.gone") == (1, None)


def test_scalar_when_the_session_changed_it_then_it_stays_though_the_file_drops_it(start: Start) -> None:
    """Row 14: a scalar that the running session has changed doesn't go with its line."""
    live = begin(start, "return { count = 0 }")
    live.session.execute("held.count = 5")
    save(live, "return { other = 0 }")
    assert live.eval("return held.count, held.other") == (5, 0)


def test_scalar_when_it_follows_twice_then_both_saves_count(start: Start) -> None:
    """Row 14: each save compares with the one before it."""
    live = begin(start, "return { a = 1 }")
    save(live, "return { a = 2 }")
    save(live, "return { a = 3 }")
    assert live.eval("return held.a") == 3
    live.session.execute("held.a = 30")
    save(live, "return { a = 4 }")
    assert live.eval("return held.a") == 30


def test_name_when_the_session_added_it_then_it_stays(start: Start) -> None:
    """Row 14: what the session put into the table is its own."""
    live = begin(start, "return { a = 1 }")
    live.session.execute("held.mine = 7; held.cache = {1}")
    save(live, "return { a = 2 }")
    assert live.eval("return held.mine, held.cache[1], held.a") == (7, 1, 2)


def test_table_in_a_module_when_saved_then_it_is_live_state(start: Start) -> None:
    """Row 14: tables in a module's table are live state, and stay; new ones come."""
    live = begin(start, "return { items = { 'default' } }")
    live.session.execute("held.items[2] = 'mine'; items = held.items")
    save(live, "return { items = {}, more = { 'new' } }")
    assert live.eval("return held.items == items, #held.items, held.more[1]") == (True, 2, "new")


def test_upvalue_when_it_is_the_new_table_then_functions_see_the_old_one(start: Start) -> None:
    """Row 14: functions of the new code that name the module's table see the one that others hold."""
    text = "local M = { n = 0 }\nlocal function add(k) M.n = M.n + k end\n"
    text += "function M.bump() add(%d) return M.n end\nreturn M"
    live = begin(start, text % 1)
    live.eval("return held.bump()")
    save(live, text % 10)
    assert live.eval("local n = held.bump() return n, held.n") == (11, 11)


def test_entry_when_it_is_the_new_table_then_it_is_pointed_to_the_old_one(start: Start) -> None:
    """Row 14: entries of the new code that are the new table are the old one: `M.__index = M`, `M.self = M`."""
    text = "local M = { deep = {} }\nM.__index = M\nM.deep.up = M\nfunction M.f() return %d end\nreturn M"
    live = begin(start, text % 1)
    live.session.execute("object = setmetatable({}, held)")
    save(live, text.replace("M.deep.up = M", "M.more = { up = M }") % 2)
    assert live.eval("return object.f(), held.__index == held, held.more.up == held") == (2, True, True)


def test_class_table_when_it_is_its_own_metatable_then_still_is(start: Start) -> None:
    """Row 14: `setmetatable(M, M)` stays a table that is its own metatable."""
    text = "local M = {}\nM.__index = function() return %d end\nreturn setmetatable(M, M)"
    live = begin(start, text % 1)
    save(live, text % 2)
    assert live.eval("return held.anything, getmetatable(held) == held") == (2, True)


def test_metatable_when_its_functions_close_over_the_new_table_then_they_see_the_old_one(start: Start) -> None:
    """Row 14: upvalues of the metatable's functions are pointed to the old table too."""
    text = "local M = { n = 1 }\nreturn setmetatable(M, { __index = function() return M.n + %d end, up = M })"
    live = begin(start, text % 0)
    live.session.execute("held.n = 5")
    save(live, text % 1)
    assert live.eval("return held.anything, getmetatable(held).up == held") == (6, True)


def test_object_of_a_class_table_when_the_new_code_makes_it_then_it_follows_later_saves(start: Start) -> None:
    """Row 14: an object made at load has the table that others see as its metatable."""
    text = "local M = {}\nM.__index = M\nfunction M.f() return %d end\nM.%s = setmetatable({}, M)\nreturn M"
    live = begin(start, text % (1, "first"))
    save(live, text % (2, "second"))
    save(live, text % (3, "third"))
    assert live.eval("return held.first.f(), held.second.f(), held.third.f()") == (3, 3, 3)


def test_metatable_when_the_file_changes_it_then_the_old_table_follows(start: Start) -> None:
    """Row 14: the metatable follows the file, added, changed or dropped."""
    live = begin(start, "return {}")
    save(live, "return setmetatable({}, { __call = function() return 1 end })")
    assert live.eval("return held()") == 1
    save(live, "return setmetatable({}, { __call = function() return 2 end })")
    assert live.eval("return held()") == 2
    save(live, "return { plain = true }")
    assert live.eval("return getmetatable(held), held.plain") == (None, True)


def test_global_when_it_was_given_the_new_table_then_it_holds_the_old_one(start: Start) -> None:
    """Row 14: a global to which the file assigns its table still is the table that others hold."""
    live = begin(start, "M = { f = function() return 1 end }\nreturn M")
    save(live, "M = { f = function() return 2 end }\nreturn M")
    assert live.eval("return M == held, M.f()") == (True, 2)


def test_prototypes_method_when_it_closes_over_the_new_table_then_sees_the_old_one(start: Start) -> None:
    """Row 14: inside and outside see one table, also from a prototype's methods."""
    text = "local M = { n = 0 }\nCounter = session:prototype('Counter', {})\n"
    text += "function Counter:bump() M.n = M.n + %d return M.n end\nreturn M"
    live = begin(start, text % 1)
    live.session.execute("c = Counter:new()")
    save(live, text % 5)
    assert live.eval("c:bump() return held.n") == 5


def test_instance_when_a_module_answers_one_then_the_old_one_stays_with_a_note(start: Start) -> None:
    """Row 15: a module that returns a tracked instance keeps the old one; a note tells of the other."""
    text = "P = session:prototype('P', { size = %d })\nfunction P:f() return %d end\n"
    text += "return session:create(P, { own = %d })"
    live = begin(start, text % (1, 1, 1))
    notes = save(live, text % (2, 2, 2))
    assert live.eval("return held == require('m'), held.own, held.size, held:f()") == (True, 1, 2, 2)
    assert len(notes) == 1
    assert notes[0].startswith("lua/m.lua: ")


def test_table_with_a_prototype_as_metatable_when_answered_then_the_old_one_stays(start: Start) -> None:
    """Row 15: also where the table was not made by `session:create`."""
    text = "P = session:prototype('P', {})\nreturn setmetatable({ own = %d }, P)"
    live = begin(start, text % 1)
    notes = save(live, text % 2)
    assert live.eval("return held == require('m'), held.own") == (True, 1)
    assert len(notes) == 1


def test_prototype_when_a_module_answers_it_then_it_is_handled_as_one(start: Start) -> None:
    """Row 15: a module that returns its prototype goes on with it, without a note."""
    text = "local P = session:prototype('P', { size = %d })\nfunction P:f() return %d end\nreturn P"
    live = begin(start, text % (1, 1))
    live.session.execute("p = held:new{}; held.shared = 'kept'")
    assert save(live, text % (2, 2)) == ()
    assert live.eval("return held == require('m'), p.size, p:f(), p.shared") == (True, 2, 2, "kept")


@pytest.mark.parametrize(
    ("old", "new", "seen"), [("'one'", "'two'", "two"), ("{}", "5", 5), ("5", "{ x = 1 }", {"x": 1})]
)
def test_other_value_when_answered_then_require_has_it_and_a_note_names_the_holders(
    start: Start, old: str, new: str, seen: object
) -> None:
    """Row 16: `require` answers the new value; a note names the modules that hold the old one."""
    live = begin(start, f"return {old}")
    [note] = save(live, f"return {new}")
    assert live.eval("return require('m')") == seen
    assert "lua/main.lua" in note


def test_function_when_a_module_answers_it_then_require_has_the_new_one(start: Start) -> None:
    """Row 16: a function is something else than a table: the new one is answered."""
    live = begin(start, "return function() return 1 end")
    save(live, "return function() return 2 end")
    assert live.eval("return require('m')()") == 2


def test_module_table_when_it_stops_answering_then_require_is_true(start: Start) -> None:
    """Row 16: a file that returns nothing any more answers true."""
    live = begin(start, "return { a = 1 }")
    [note] = save(live, "local nothing = true")
    assert live.eval("return require('m')") is True
    assert "lua/main.lua" in note


OWN_NAME = "local M = {}\npackage.loaded[...] = M\nfunction M.f() return %s end\n"


def test_module_table_when_the_module_puts_it_into_loaded_itself_then_it_keeps_its_identity(start: Start) -> None:
    """Row 14: what a module puts into `package.loaded` is what it answers, at a reload as at first."""
    live = start({"lua/main.lua": "m = require('m')\n", "lua/m.lua": OWN_NAME % 1})
    live.save_well({"lua/m.lua": OWN_NAME % 2})
    assert live.eval("return m.f(), m == require('m'), package.loaded['lua/m.lua']") == (2, True, None)


def test_module_when_it_runs_again_then_it_is_given_the_name_it_was_required_by(start: Start) -> None:
    """A module that finds others by its own name finds the same ones at a reload."""
    text = "parts = require((...):gsub('[^.]+$', 'parts')) -- %s"
    live = start({"lua/main.lua": "require('a.m')", "lua/a/m.lua": text % 1, "lua/a/parts.lua": "return 7"})
    live.save_well({"lua/a/m.lua": text % 2})
    assert live.eval("return parts") == 7


def test_module_when_it_unloads_itself_while_others_need_it_then_they_get_what_it_answers(start: Start) -> None:
    """A module of the plan that takes itself out is there for the one that required it, and no longer loaded."""
    live = start({"lua/main.lua": "require('b') require('a')", "lua/a.lua": "return 1", "lua/b.lua": "got = 0"})
    live.save_well({"lua/a.lua": "session:unloadModule('a') return 2", "lua/b.lua": "got = require('a')"})
    assert live.eval("return got, package.loaded.a") == (2, None)
