"""Files that wrap the session's methods, one over the other, saved again and again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

Start = Callable[..., LiveSite]

LAYERS = ("low", "middle", "top")


def layer(word: str, rest: str = "") -> str:
    """Returns a file that wraps `session:getApp` so that it answers `word(what was under it)`."""
    wrap = "local old = session.getApp\nfunction session:getApp() return '%s(' .. tostring(old(self)) .. ')' end\n"
    return wrap % word + rest


def begin(start: Start, **others: str) -> LiveSite:
    """Starts a session in which three files wrap one method."""
    files = {f"lua/{name}.lua": others.get(name, layer(name)) for name in LAYERS}
    return start({"lua/main.lua": "".join(f"require('{name}')\n" for name in LAYERS), **files})


def answer(live: LiveSite) -> str:
    return str(live.eval("return session:getApp()"))


@pytest.mark.parametrize("name", LAYERS)
def test_wrapper_when_saved_then_it_stays_in_its_place(start: Start, name: str) -> None:
    """Row 20: of three wrappers one over the other, each can be saved again and again; they don't pile up."""
    live = begin(start)
    assert answer(live) == "top(middle(low(nil)))"
    for word in ("once", "twice", "thrice"):
        live.save_well({f"lua/{name}.lua": layer(word)})
        assert answer(live) == "top(middle(low(nil)))".replace(name, word)


@pytest.mark.parametrize("name", LAYERS)
def test_wrapper_when_dropped_then_the_others_stay(start: Start, name: str) -> None:
    """Row 20: a wrapper that its file no longer has goes, and the others close the gap."""
    live = begin(start)
    live.save_well({f"lua/{name}.lua": "-- none\n"})
    assert answer(live).count("(") == 2
    assert answer(live) == {"low": "top(middle(nil))", "middle": "top(low(nil))", "top": "middle(low(nil))"}[name]
    live.save_well({f"lua/{name}.lua": "-- still none\n"})
    assert answer(live).count("(") == 2


def test_wrappers_when_saved_then_what_lies_over_them_joins_the_plan(start: Start) -> None:
    """Whose function: modules that write the same key run together, in load order; what lies below doesn't."""
    live = begin(start)
    report = live.save_well({"lua/middle.lua": layer("MIDDLE")})
    assert report.sessions[0].modules == ("lua/middle.lua", "lua/top.lua")


def test_wrappers_when_all_are_dropped_then_the_method_is_the_original(start: Start) -> None:
    """Row 20: what was there before any module ran shows again."""
    live = begin(start)
    live.session.execute("original_works = pcall(session.getApp, session)")
    live.save_well({f"lua/{name}.lua": "-- none\n" for name in LAYERS})
    live.session.execute("app = {}; session:createAppVariable(app)")
    assert live.eval("return session:getApp() == app") is True


def test_wrapper_when_behind_a_guard_then_it_stays(start: Start) -> None:
    """Row 20: a guard works and isn't needed."""
    guard = "if not session.reloading then\n" + layer("top") + "end\n"
    live = begin(start, top=guard)
    live.save_well({"lua/top.lua": "-- more\n" + guard})
    live.save_well({"lua/top.lua": "-- and more\n" + guard})
    assert answer(live) == "top(middle(low(nil)))"


def test_wrapper_when_main_has_it_then_it_does_not_pile_up(start: Start) -> None:
    """Row 20: `main.lua` is a module as any other."""
    live = start({"lua/main.lua": layer("main")})
    live.save_well({"lua/main.lua": layer("again")})
    live.save_well({"lua/main.lua": layer("more")})
    assert answer(live) == "more(nil)"


def test_wrapper_of_prototype_when_saved_then_later_declarations_go_through_it_once(start: Start) -> None:
    """Row 20: applications wrap `session:prototype`; what they add is added once."""
    text = "local old = session.prototype\nfunction session:prototype(name, init, base)\n"
    text += "  calls = (calls or 0) + 1\n  local made = old(self, name, init, base)\n"
    text += "  made.mark = '%s'\n  return made\nend\n"
    live = start({"lua/main.lua": text % "a"})
    live.save_well({"lua/main.lua": text % "b"})
    live.session.execute("P = session:prototype('P', {})")
    assert live.eval("return P.mark, calls") == ("b", 1)


def test_field_of_session_when_a_file_adds_a_function_then_it_follows(start: Start) -> None:
    """Row 20: functions that files add to `session` are changed and removed as their lines are."""
    live = start({"lua/main.lua": "function session:one() return 1 end\nfunction session:two() return 2 end"})
    live.save_well({"lua/main.lua": "function session:one() return 10 end"})
    assert live.eval("return session:one(), session.two") == (10, None)


def test_root_when_main_makes_it_again_then_there_is_one(start: Start) -> None:
    """Row 20: no second root: the object of the last `createAppVariable` is the root."""
    text = "App = session:prototype('App', { title = '%s' })\nsession:createAppVariable(App:new())\n"
    live = start({"lua/main.lua": text % "old"})
    live.save_well({"lua/main.lua": text % "new"})
    assert live.session.get("app.title") == "new"
    assert live.eval("return session:createAppVariable(session:getApp())") == 1


def test_root_when_main_keeps_it_then_it_is_the_same_object(start: Start) -> None:
    """Row 20: `session:getApp() or …` keeps the root with its state over saves."""
    text = "App = session:prototype('App', { title = '%s' })\n"
    text += "if not session:getApp() then session:createAppVariable(App:new()) end\n"
    live = start({"lua/main.lua": text % "old"})
    live.session.execute("held = session:getApp(); held.mine = 1")
    live.save_well({"lua/main.lua": text % "new"})
    assert live.eval("return session:getApp() == held, held.mine, held.title") == (True, 1, "new")


@pytest.mark.parametrize("name", ["low", "middle"])
def test_wrapper_when_it_is_added_under_others_then_they_lie_over_it(start: Start, name: str) -> None:
    """The promise: a wrapper that is added to a lower file lies where a fresh session would have it."""
    live = begin(start, **{name: "-- none yet\n"})
    live.save_well({f"lua/{name}.lua": layer(name)})
    assert answer(live) == "top(middle(low(nil)))"


def test_wrapper_when_one_that_lies_over_an_added_one_fails_then_all_is_back(start: Start) -> None:
    """Row 22: what joined the plan is part of the transaction, also where the plan grew while it ran."""
    live = begin(start, low="-- none yet\n", middle=layer("middle", "if session.reloading then error('stop') end\n"))
    report = live.save({"lua/low.lua": layer("low")})
    assert str(report.errors[0]) == "lua/middle.lua:3: stop"
    assert answer(live) == "top(middle(nil))"
    assert live.eval("return session.reloading, session.generation") == (False, 0)
    live.save_well({"lua/low.lua": layer("low"), "lua/middle.lua": layer("middle")})
    assert answer(live) == "top(middle(low(nil)))"


@pytest.mark.parametrize("name", LAYERS)
def test_method_of_a_prototype_when_three_files_wrap_it_then_they_do_not_pile_up(start: Start, name: str) -> None:
    """Whose function: wrappers of a prototype's method run together, as those of `session` do."""
    wrap = "require('base')\nlocal old = P.f\nfunction P:f() return '%s(' .. old(self) .. ')' end\n"
    files = {f"lua/{word}.lua": wrap % word for word in LAYERS}
    files["lua/base.lua"] = "P = session:prototype('P', {})\nfunction P:f() return 'f' end\n"
    live = start({"lua/main.lua": "".join(f"require('{word}')\n" for word in ("base", *LAYERS)), **files})
    live.session.execute("p = P:new()")
    for word in ("once", "twice"):
        live.save_well({f"lua/{name}.lua": wrap % word})
        assert live.eval("return p:f()") == "top(middle(low(f)))".replace(name, word)
    live.save_well({"lua/base.lua": "P = session:prototype('P', {})\nfunction P:f() return 'g' end\n"})
    assert live.eval("return p:f()") == "top(middle(low(g)))".replace(name, "twice")
