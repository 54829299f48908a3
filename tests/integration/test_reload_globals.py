"""Globals and registrations, saved while a session uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]


def begin(start: Start, text: str) -> LiveSite:
    return start({"lua/main.lua": "require('m')\n", "lua/m.lua": text})


def save(live: LiveSite, text: str) -> tuple[str, ...]:
    """Saves the module; returns the notes of the report."""
    return live.save_well({"lua/m.lua": text}).sessions[0].kept


def test_global_function_when_changed_or_removed_then_it_follows(start: Start) -> None:
    """Row 17: global functions follow the file: changed, added, and gone."""
    live = begin(start, "function one() return 1 end\nfunction two() return 2 end")
    assert save(live, "function one() return 10 end\nfunction three() return 3 end") == ()
    assert live.eval("return one(), two, three()") == (10, None, 3)


def test_global_value_when_assigned_by_the_run_then_has_the_new_one(start: Start) -> None:
    """Row 17: other globals are assigned by the run."""
    live = begin(start, "limit = 3; names = { 'a' }")
    live.session.execute("limit = 100")
    assert save(live, "limit = 4; names = names or {}") == ()
    assert live.eval("return limit, names[1]") == (4, "a")


def test_global_value_when_it_is_no_longer_assigned_then_it_stays_with_a_note(start: Start) -> None:
    """Row 17: a global that the file no longer assigns keeps its value, and is noted once."""
    live = begin(start, "limit = 3\nother = 1")
    [note] = save(live, "other = 1 -- alone")
    assert "'limit'" in note
    assert live.eval("return limit") == 3
    assert save(live, "other = 2") == ()


def test_library_when_a_global_replaces_it_then_its_functions_follow(start: Start) -> None:
    """Row 17: a table of the file's own in a library's place is a plain table that a global names, as any other."""
    live = begin(start, "string = { twice = function(s) return s .. s end }")
    save(live, "string = string or {}\nfunction string.thrice(s) return s .. s .. s end")
    assert live.eval("return string.twice, string.thrice('a')") == (None, "aaa")


def test_library_when_its_replacement_compares_by_a_metamethod_then_no_reload_asks_it(start: Start) -> None:
    """The kernel compares what globals hold by identity: an `__eq` that raises stops no save."""
    code = "local eq = { __eq = function() error('asked') end } setmetatable(math, eq) string = setmetatable({}, eq)"
    live = begin(start, code)
    save(live, code + " seen = 1")
    live.session.execute("string, math = math, string")
    save(live, code + " seen = 2")
    assert live.eval("return seen") == 2


def test_library_when_it_was_replaced_and_is_back_then_it_is_seen_as_such(start: Start) -> None:
    """Row 17: what stands as at the start again is nobody's, and what is assigned next is the file's."""
    live = begin(start, "print = 'mine'")
    live.session.execute("print = nil")
    save(live, "other = 1")
    live.session.execute("print = tostring")
    [note] = save(live, "print = 'again'") or ("",)
    assert live.eval("return print") == "again"
    assert "'other'" in note


def test_function_in_a_plain_global_table_when_removed_then_it_goes(start: Start) -> None:
    """Whose function: plain tables that a global names are containers; their functions follow, their data stays."""
    live = begin(start, "util = util or { n = 0 }\nfunction util.f() return 1 end\nfunction util.g() return 2 end")
    live.session.execute("util.n = 5; held = util")
    save(live, "util = util or { n = 0 }\nfunction util.g() return 20 end")
    assert live.eval("return util.f, util.g(), util.n, util == held") == (None, 20, 5, True)


def test_global_function_when_another_global_holds_it_then_both_get_the_new_one(start: Start) -> None:
    """Whose function: an alias in another container follows the function that was replaced."""
    live = begin(start, "function one() return 1 end")
    live.session.execute("alias = one; handlers = { one }")
    save(live, "function one() return 10 end")
    assert live.eval("return alias(), handlers[1]()") == (10, 10)


def test_global_function_when_guarded_then_it_stays(start: Start) -> None:
    """Whose function: also a global function behind a guard stays while its lines stand."""
    guard = "if not session.reloading then\n  function once() return 1 end\nend\n"
    live = begin(start, guard)
    save(live, guard + "function more() return 2 end")
    assert live.eval("return once(), more()") == (1, 2)


@pytest.mark.parametrize("kind", ["Presenter", "Wrapper"])
def test_registration_when_made_again_then_it_is_replaced_by_name(start: Start, kind: str) -> None:
    """Row 18: registering the same name again replaces the entry: nothing to note."""
    live = begin(start, f"ui.register{kind}('Card', {{ size = 1 }})")
    assert save(live, f"ui.register{kind}('Card', {{ size = 2 }})") == ()


@pytest.mark.parametrize(("kind", "word"), [("Presenter", "presenter"), ("Wrapper", "wrapper")])
def test_registration_when_it_is_not_made_again_then_it_stays_with_a_note(start: Start, kind: str, word: str) -> None:
    """Row 18: a registration that the run doesn't make again stays, with a note."""
    live = begin(start, f"ui.register{kind}('Card', {{ size = 1 }})")
    [note] = save(live, "-- nothing is registered")
    assert f"{word} 'Card'" in note
