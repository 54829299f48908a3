"""Saves with mistakes: what was there goes on, and the fix brings everything."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from live_site import LiveSite

from luahost import LuaError, LuaSyntaxError

Start = Callable[..., LiveSite]


def begin(start: Start) -> LiveSite:
    """Starts a session with three modules, of which c requires b, and b requires a."""
    return start(
        {
            "lua/main.lua": "require('c')\n",
            "lua/a.lua": module("a", 1),
            "lua/b.lua": "require('a')\n" + module("b", 1),
            "lua/c.lua": "require('b')\n" + module("c", 1),
        }
    )


def module(name: str, number: int, rest: str = "") -> str:
    return f"{name} = {{}}\nfunction {name}.f() return {number} end\n{rest}"


def answers(live: LiveSite) -> object:
    return live.eval("return a.f(), b.f(), c.f()")


def test_syntax_error_when_saved_then_nothing_changes_and_it_is_shown(start: Start) -> None:
    """Row 21: a file that doesn't parse leaves every session as it was; the report has file and line."""
    live = begin(start)
    other = live.host.create_session()
    report = live.save({"lua/b.lua": "require('a')\nfunction b.f( return 2 end\n"})
    [error] = report.errors
    assert isinstance(error, LuaSyntaxError)
    assert (error.file, error.line, report.ok) == ("lua/b.lua", 2, False)
    assert answers(live) == (1, 1, 1)
    assert (live.session.generation, other.generation, other.eval("return b.f()")) == (0, 0, 1)


def test_syntax_error_when_in_one_of_two_files_then_both_come_with_the_fix(start: Start) -> None:
    """Row 21: the whole batch waits for the file that doesn't parse, and comes with its fix."""
    live = begin(start)
    report = live.save({"lua/a.lua": module("a", 2), "lua/b.lua": "function"})
    assert not report.ok
    assert answers(live) == (1, 1, 1)
    report = live.save_well({"lua/b.lua": module("b", 2)})
    assert sorted(report.modules) == ["lua/a.lua", "lua/b.lua"]
    assert answers(live) == (2, 2, 1)


def test_syntax_error_when_another_file_is_saved_then_that_one_applies(start_site: Start) -> None:
    """Row 21: a later save of another file is a batch of its own."""
    live = begin(partial(start_site, is_watched=True))
    live.save({"lua/b.lua": "function"})
    live.save_well({"lua/c.lua": module("c", 2)})
    assert answers(live) == (1, 1, 2)
    live.save_well({"lua/b.lua": module("b", 2)})
    assert answers(live) == (1, 2, 2)


def test_syntax_error_when_saved_back_then_there_is_nothing_to_do(start: Start) -> None:
    """Row 29: going back to the text that runs needs no reload, and what is saved next applies."""
    live = begin(start)
    good = (live.root / "lua/b.lua").read_text()
    live.save({"lua/b.lua": "function"})
    live.write({"lua/b.lua": good})
    live.save_well({"lua/c.lua": module("c", 2)})
    assert answers(live) == (1, 1, 2)
    assert live.session.generation == 1


def test_error_when_a_module_raises_half_way_then_all_of_the_batch_is_back(start: Start) -> None:
    """Row 22: an error in one module takes back the others of its batch in that session."""
    live = begin(start)
    report = live.save({"lua/a.lua": module("a", 2), "lua/c.lua": module("c", 2, "error('half way')")})
    [error] = report.errors
    assert isinstance(error, LuaError)
    assert (error.message, error.file, error.line) == ("half way", "lua/c.lua", 3)
    assert answers(live) == (1, 1, 1)
    assert live.eval("return session.generation, session.reloading") == (0, False)


def test_error_when_fixed_then_the_whole_batch_comes(start: Start) -> None:
    """Row 22: what a failed save held is there with the next good one."""
    live = begin(start)
    live.save({"lua/a.lua": module("a", 2), "lua/c.lua": module("c", 2, "error('half way')")})
    live.save_well({"lua/c.lua": module("c", 3)})
    assert answers(live) == (2, 1, 3)
    assert live.session.generation == 1


def test_error_when_another_file_is_saved_then_that_one_still_applies(start: Start) -> None:
    """The transaction: a later save of another file isn't held up by one that fails at run time."""
    live = begin(start)
    live.save({"lua/a.lua": module("a", 2, "error('broken')")})
    report = live.save_well({"lua/c.lua": module("c", 2)})
    assert answers(live) == (1, 1, 2)
    assert any("broken" in note for note in report.sessions[0].kept)


def test_error_when_the_next_save_is_good_then_nothing_of_the_failed_one_runs_later(
    start: Start, wait_until: Callable[..., None]
) -> None:
    """The transaction: timers that a failed save set are gone."""
    live = begin(start)
    live.session.execute("ran = {}")
    live.save({"lua/c.lua": module("c", 2, "session:setTimeout(function() ran[1] = 'failed' end, 1)\nerror('no')")})
    live.save_well(
        {"lua/c.lua": module("c", 3, "session:setTimeout(function() ran[#ran + 1] = 'good' end, 2)")},
    )
    wait_until(lambda: live.eval("return #ran") > 0, "the timer of the good save")
    assert live.eval("return ran") == ["good"]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_files_when_they_need_each_other_then_they_are_one_transaction(start: Start, order: tuple[str, str]) -> None:
    """Row 24: what one file needs of another one of the same save is there, in whichever order they were written."""
    live = begin(start)
    texts = {
        "a": module("a", 2, "function a.added() return 'added' end"),
        "b": "require('a')\n" + module("b", 2, "b.word = a.added()"),
    }
    report = live.save_well({f"lua/{name}.lua": texts[name] for name in order})
    assert report.sessions[0].modules == ("lua/a.lua", "lua/b.lua")
    assert live.eval("return b.word") == "added"
    assert live.session.generation == 1


def test_require_when_it_names_a_module_of_the_plan_then_that_runs_first(start: Start) -> None:
    """From a save to new code: a `require` of a module that is in the plan and hasn't run yet runs it then."""
    live = begin(start)
    report = live.save_well(
        {
            "lua/a.lua": "require('c')\n" + module("a", 2, "word = c.word()"),
            "lua/c.lua": module("c", 2, "function c.word() return 'new' end"),
        }
    )
    assert live.eval("return word") == "new"
    assert sorted(report.sessions[0].modules) == ["lua/a.lua", "lua/c.lua"]


def test_plan_when_modules_require_each_other_then_it_is_in_the_order_of_requires(start: Start) -> None:
    """From a save to new code: modules run behind those that they required, whatever the order of their names."""
    live = begin(start)
    trace = "trace = (trace or '') .. '%s'\n"
    report = live.save_well(
        {
            "lua/c.lua": "require('b')\n" + module("c", 2, trace % "c"),
            "lua/b.lua": "require('a')\n" + module("b", 2, trace % "b"),
            "lua/a.lua": module("a", 2, trace % "a"),
        }
    )
    assert live.eval("return trace") == "abc"
    assert report.sessions[0].modules == ("lua/a.lua", "lua/b.lua", "lua/c.lua")


def test_circle_of_requires_when_both_are_saved_then_both_run_once(start: Start) -> None:
    """Row 24: files that require each other in a circle reload together, each once."""
    text = "%s_runs = (%s_runs or 0) + 1\nrequire('%s')\nreturn { f = function() return %d end }\n"
    live = start(
        {
            "lua/main.lua": "require('x')\n",
            "lua/x.lua": text % ("x", "x", "y", 1),
            "lua/y.lua": text % ("y", "y", "x", 1),
        }
    )
    live.save_well({"lua/x.lua": text % ("x", "x", "y", 2), "lua/y.lua": text % ("y", "y", "x", 2)})
    assert live.eval("return x_runs, y_runs, require('x').f(), require('y').f()") == (2, 2, 2, 2)
