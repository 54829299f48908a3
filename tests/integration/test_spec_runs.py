"""Specs: what a session of theirs is, what they may ask for, and how they end."""

from __future__ import annotations

import pytest
from spec_runs import APP, SPEC, SpecRuns, WriteSite, X

from luahost import LimitExceeded, LuaError, LuaSyntaxError
from luahost.errors import SpecFailed, SpecPending
from luahost.testing.coverage import Coverage


@pytest.fixture
def runs(site: WriteSite, vm: str) -> SpecRuns:
    """Returns runs of specs on each VM, with limits that can be met."""
    return SpecRuns(site, vm=vm, time_limit_s=1.0, memory_limit_mb=16)


def test_spec_when_nothing_fails_then_passes(runs: SpecRuns) -> None:
    """A spec that comes to its end has passed."""
    assert runs.run("assert.equal('Ann', app.name)") is None


def test_spec_when_an_assertion_fails_then_it_has_its_place_and_details(runs: SpecRuns) -> None:
    """A failed assertion is placed where it stands in the spec, and says how the values differ."""
    failed = runs.run("local x = 1\nassert.same({ 1 }, { 2 })")
    assert isinstance(failed, SpecFailed)
    assert (failed.file, failed.line, failed.message) == (SPEC, 3, "expected the same")
    assert failed.details == ((" ", "{"), ("-", "  1,"), ("+", "  2,"), (" ", "}"))


def test_spec_when_an_assertion_fails_in_a_function_of_the_spec_then_the_stack_leads_there(runs: SpecRuns) -> None:
    """The line of the assertion comes first, the one that called the function behind it."""
    failed = runs.run(
        'local function check()\n  assert.is_true(false)\n  return 1\nend\nit("does", function()\n  check()\nend)'
    )
    assert isinstance(failed, SpecFailed)
    assert [(frame.file, frame.line) for frame in failed.stack] == [(SPEC, 2), (SPEC, 6)]


def test_spec_when_the_app_raises_then_the_error_has_its_own_place_and_the_specs(runs: SpecRuns) -> None:
    """An error in the app is the app's, and its stack leads to the spec."""
    error = runs.run("app:boom()")
    assert isinstance(error, LuaError)
    assert (error.file, error.line, error.message) == (APP, 8, "boom")
    assert [(frame.file, frame.line) for frame in error.stack] == [(APP, 8), (SPEC, 2)]


def test_spec_when_it_raises_a_table_then_its_message_is_shown(runs: SpecRuns) -> None:
    """An error object is shown by its message, at the place that raised it."""
    error = runs.run("error({ message = 'code 5' })")
    assert isinstance(error, LuaError)
    assert (error.message, error.line) == ("code 5", 2)


def test_spec_when_it_never_ends_then_the_limit_ends_it_at_its_line(runs: SpecRuns) -> None:
    """The time limit of a turn ends an endless loop, and says in which line it was."""
    error = runs.run("local n = 0\nwhile true do n = n + 1 end")
    assert isinstance(error, LimitExceeded)
    assert (error.file, error.line) == (SPEC, 3)
    assert "longer than 1 s" in error.message


def test_spec_when_its_turns_never_end_then_it_is_ended_as_a_whole(
    runs: SpecRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many short turns are a spec that doesn't end, too, whatever it catches."""
    monkeypatch.setattr("luahost.testing.staged_host.TURNS", 0.3)
    error = runs.run("while true do pcall(spec.advance, 1) end")
    assert isinstance(error, LimitExceeded)
    assert (error.file, error.line) == (SPEC, 2)
    assert "as a whole" in error.message


def test_spec_when_a_timer_starts_itself_again_then_advance_is_ended(
    runs: SpecRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time that can't pass, because a timer is due again at once, is an end, too."""
    monkeypatch.setattr("luahost.testing.staged_host.TURNS", 0.3)
    error = runs.run("local function again() session:setImmediate(again) end\nagain()\nspec.advance(1)")
    assert isinstance(error, LimitExceeded)
    assert (error.file, error.line) == (SPEC, 4)
    assert "does one start itself again?" in error.message


def test_spec_when_memory_runs_out_then_it_is_ended(runs: SpecRuns) -> None:
    """The memory limit ends a spec, and nothing else."""
    error = runs.run('local t = {}\nfor i = 1, 1e7 do t[i] = ("x"):rep(1e5) .. i end')
    assert isinstance(error, LimitExceeded)
    assert "not enough memory" in error.message
    assert runs.run("assert.equal(0, app.count)") is None


def test_spec_file_when_it_does_not_compile_then_says_where(runs: SpecRuns) -> None:
    """A mistake in the file is an error of the file."""
    error = runs.run('it("does", function() end\n')
    assert isinstance(error, LuaSyntaxError)
    assert error.file == SPEC


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it()", "bad argument #1 to 'it' (name, a string expected, got nil)"),
        ("it('x', 5)", "bad argument #2 to 'it' (function expected, got number)"),
        ("describe('x') it('y')", "bad argument #2 to 'describe' (function expected, got nil)"),
        ("before_each() it('y')", "bad argument #1 to 'before_each' (function expected, got nil)"),
        ("spec.advance(1) it('y')", "spec.advance waits for a turn to end"),
        ("it('x') error('outside')", "outside"),
    ],
)
def test_spec_file_when_it_is_wrong_then_says_what(runs: SpecRuns, text: str, said: str) -> None:
    """What can't be meant is refused at its line of the file."""
    error = runs.run(f"\n{text}")
    assert isinstance(error, LuaError)
    assert said in error.message
    assert (error.file, error.line) == (SPEC, 2)


def test_spec_when_it_fails_then_the_hooks_behind_it_run(runs: SpecRuns, capsys: pytest.CaptureFixture[str]) -> None:
    """What `after_each` is there for is done, inside out; the first error is told."""
    error = runs.run("""
      after_each(function() print("outer") end)
      describe("d", function()
        after_each(function() print("inner") error("second") end)
        it("does", function() error("first") end)
      end)""")
    assert isinstance(error, LuaError)
    assert error.message == "first"
    assert capsys.readouterr().out.split() == ["inner", "outer"]


def test_spec_when_a_hook_before_it_fails_then_it_is_not_run(
    runs: SpecRuns, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without what comes before it a spec makes no sense."""
    error = runs.run('before_each(function() error("early") end)\nit("does", function() print("ran") end)')
    assert isinstance(error, LuaError)
    assert error.message == "early"
    assert capsys.readouterr().out == ""


def test_spec_when_it_says_pending_then_is_pending(runs: SpecRuns) -> None:
    """A spec may say in its middle that it is still to be written."""
    error = runs.run("pending('tomorrow')\nerror('never')")
    assert isinstance(error, SpecPending)
    assert str(error) == "tomorrow"


def test_spec_when_another_one_ran_before_then_sees_nothing_of_it(runs: SpecRuns) -> None:
    """Each spec has a session of its own: objects, globals, timers, saved texts."""
    text = """
      it("leaves", function()
        app.count, leftover = 7, true
        spec.edit("apps/x/app.lua", { { "count = 0", "count = 5" } })
        session:setInterval(app, "tick", 1000)
      end)
      it("finds", function()
        spec.advance(5)
        assert.same({ 0, 0 }, { app.count, X.count })
        assert.is_nil(leftover)
      end)"""
    assert runs.run(text, 1) is None
    assert runs.run(text, 2) is None
    assert (runs.root / APP).read_text() == X


def test_spec_when_an_error_has_no_caller_then_it_fails(runs: SpecRuns) -> None:
    """What is raised behind the spec's back fails it, even if all it asserts holds."""
    error = runs.run("""
      session:onReload(function() error("first") end)
      session:onReload(function() error("second") end)
      pcall(spec.reload, { ["lua/main.lua"] = "-- new" })""")
    assert isinstance(error, LuaError)
    assert error.message == "second"


def test_spec_when_a_timer_raises_then_the_stack_has_both_sides(runs: SpecRuns) -> None:
    """The timer's place comes first, and the line in which the spec let time pass is behind it."""
    error = runs.run("session:setTimeout(app, 'boom', 10)\nlocal _ = spec.advance(1)")
    assert isinstance(error, LuaError)
    assert (error.file, error.line) == (APP, 8)
    assert (error.stack[-1].file, error.stack[-1].line) == (SPEC, 3)


def test_spec_when_it_reloads_within_pcall_then_goes_on_behind_it(runs: SpecRuns) -> None:
    """A turn may end within protected calls, on every VM."""
    assert (
        runs.run("""
      local ok, report = pcall(function()
        return select(2, xpcall(spec.edit, print, "apps/x/app.lua", { { "+ 1", "+ 2" } }))
      end)
      assert.is_true(ok and report.ok)
      app:tick()
      assert.equal(2, app.count)""")
        is None
    )


def test_spec_when_it_asks_within_a_sort_then_is_refused(runs: SpecRuns) -> None:
    """A turn can't end within a function of C: Lua says so, and the spec fails there."""
    error = runs.run("table.sort({ 1, 2, 3 }, function() spec.advance(1) end)")
    assert isinstance(error, LuaError)
    assert "yield" in error.message


def test_spec_when_it_prints_and_logs_then_is_heard(runs: SpecRuns, capsys: pytest.CaptureFixture[str]) -> None:
    """What a spec prints goes where pytest captures it; logs say where they come from."""
    runs.run("print('one', 2)\nsession:log('warn', 'careful')")
    printed = capsys.readouterr()
    assert printed.out == "one\t2\n"
    assert printed.err == f"warn: {SPEC}:3: careful\n"


def test_spec_when_the_settings_name_a_store_then_nothing_is_stored(site: WriteSite) -> None:
    """Specs never touch what the site's own sessions have saved."""
    runs = SpecRuns(site, store="sqlite:sessions.db")
    assert runs.run("assert.is_nil(session:restore())") is None
    assert not (runs.root / "sessions.db").exists()


@pytest.mark.parametrize("is_covered", [False, True])
def test_spec_when_hooks_are_out_of_reach_then_an_endless_one_is_ended_too(
    site: WriteSite, vm: str, monkeypatch: pytest.MonkeyPatch, is_covered: bool
) -> None:
    """Where turns are timed by a count hook, it goes on looking while lines are counted."""
    monkeypatch.setattr("luahost.services.interrupt_for", lambda _vm: None)
    runs = SpecRuns(site, Coverage() if is_covered else None, vm=vm, time_limit_s=0.06 if is_covered else 0.6)
    for body in ("while true do end", "coroutine.wrap(function() while true do end end)()"):
        error = runs.run(body)
        assert isinstance(error, LimitExceeded), body
