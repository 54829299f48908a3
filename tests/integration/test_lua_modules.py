"""Modules: `require`, `package.loaded`, what belongs to a module, and how it is unloaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from visible_state import visible_state, watch_state

from luahost import Host, LuaError, LuaSyntaxError, ModuleNotFound, Session, Settings
from luahost.testing.fake_clock import FakeClock

WriteSite = Callable[[Mapping[str, str]], Path]
WaitUntil = Callable[..., None]

PLACES = ["lua/a/b.lua", "lua/a/b/init.lua", "apps/a/b.lua", "apps/a/b/init.lua", "a/b.lua", "a/b/init.lua"]


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_require_when_several_files_could_be_meant_then_takes_the_first(
    session: Session, site: WriteSite, first: int
) -> None:
    """`lua/`, `apps/` and the site itself are searched in this order, the file before its folder's `init.lua`."""
    site({place: f"return '{place}'" for place in PLACES[first:]})
    assert session.eval("return require('a.b')") == PLACES[first]


def test_require_when_no_file_is_there_then_the_error_lists_the_places(session: Session) -> None:
    """A module that isn't found is an error with the places searched, at the line of the call."""
    with pytest.raises(ModuleNotFound, match=r"^x.lua:2: module 'a.b' not found") as caught:
        session.execute("local x\nx = require('a.b')", name="@x.lua")
    assert all(f"no file '{place}'" in str(caught.value) for place in PLACES)


@pytest.mark.parametrize("name", ["apps/x/y.lua", "./apps/x/y.lua", "apps/x//y.lua"])
def test_require_when_the_name_is_a_path_then_is_taken_from_the_site(
    session: Session, site: WriteSite, name: str
) -> None:
    """A name with `/` or ending in `.lua` is a path from the site; every name of one file is one module."""
    site({"apps/x/y.lua": "runs = (runs or 0) + 1 return {}"})
    assert session.eval(f"return require('{name}') == require('x.y'), runs") == (True, 1)
    assert session.eval("return session:loaded()") == ["apps/x/y.lua"]


@pytest.mark.parametrize("name", ["string", "table", "math", "coroutine", "os", "_G", "package"])
def test_require_when_the_name_is_a_standard_library_then_answers_it(session: Session, name: str) -> None:
    """Names of standard libraries answer the library, as `package.loaded` does."""
    assert session.eval(f"return require('{name}') == {name}, package.loaded['{name}'] == {name}") == (True, True)


@pytest.mark.parametrize(
    ("text", "value"), [("return 5", 5), ("", True), ("return nil", True), ("return false", False), ("return 1, 2", 1)]
)
def test_require_when_a_chunk_returns_then_that_is_the_value(
    session: Session, site: WriteSite, text: str, value: object
) -> None:
    """The value is what the chunk returned, `true` if nothing; it runs once."""
    site({"lua/a.lua": "runs = (runs or 0) + 1\n" + text})
    assert session.eval("return require('a')") == value
    assert session.eval("return require('a'), runs") == (value, 1)


def test_require_when_a_chunk_runs_then_it_is_told_its_name_and_key(session: Session, site: WriteSite) -> None:
    """A chunk gets the name that it was required by, and its tracking key."""
    site({"apps/a/init.lua": "return { ... }"})
    assert session.eval("return require('a')") == ["a", "apps/a/init.lua"]


def test_require_when_two_modules_need_each_other_then_the_inner_call_gets_true(
    session: Session, site: WriteSite
) -> None:
    """A circle is no error: the inner call gets what is there so far."""
    site({"lua/a.lua": "b = require('b') return 'a'", "lua/b.lua": "a_so_far = require('a') return 'b'"})
    assert session.eval("return require('a'), b, a_so_far") == ("a", "b", True)
    assert session.eval("return session:loaded()") == ["lua/b.lua", "lua/a.lua"]


def test_require_when_a_module_put_its_value_there_itself_then_that_is_met_in_a_circle(
    session: Session, site: WriteSite
) -> None:
    """A module may put its table into `package.loaded` before it requires others."""
    site({"lua/a.lua": "local M = { n = 1 } package.loaded[...] = M require('b') return M"})
    site({"lua/b.lua": "seen = require('a').n"})
    assert session.eval("return require('a').n, seen") == (1, 1)


def test_require_when_a_link_leads_to_a_file_then_the_real_path_is_the_key(session: Session, site: WriteSite) -> None:
    """Every path of one file is one module, known by its real path relative to the site."""
    root = site({"apps/my/mcp.lua": "runs = (runs or 0) + 1 return {}"})
    (root / "lua").mkdir()
    (root / "lua" / "mcp.lua").symlink_to("../apps/my/mcp.lua")
    assert session.eval("return require('mcp') == require('my.mcp'), runs") == (True, 1)
    assert session.eval("return session:loaded()") == ["apps/my/mcp.lua"]


def test_require_when_a_link_leads_outside_then_its_folder_must_be_named(
    session: Session, site: WriteSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A target outside the site is a clear error unless its folder stands in `roots`."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.lua").write_text("return 1")
    root = site({"lua/y.lua": ""})
    (root / "lua" / "x.lua").symlink_to(outside / "x.lua")
    with pytest.raises(ModuleNotFound, match=f"outside the site; add '{outside}' to `roots`"):
        session.eval("return require('x')")


def test_require_when_a_linked_folder_stands_in_roots_then_loads(
    tmp_path: Path, site: WriteSite, vm: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A folder in `roots` may be linked to; the key leads there from the site."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.lua").write_text("return 1")
    (site({"lua/y.lua": ""}) / "lua" / "x.lua").symlink_to(outside / "x.lua")
    with Host(tmp_path, watch=False, settings=Settings(vm=vm, roots=(str(outside),))) as host:
        session = host.create_session()
        assert session.eval("return require('x')") == 1
        assert session.eval("return session:loaded()[1]:match('/x.lua$')") == "/x.lua"


@pytest.mark.parametrize("name", ["", "..", "../x.lua", "/etc/passwd", "a..b", "a\\0b", "lua"])
def test_require_when_the_name_can_mean_no_file_then_says_why(session: Session, site: WriteSite, name: str) -> None:
    """Names that lead out of the site, or nowhere, are refused as not found."""
    site({"lua/a.lua": ""})
    with pytest.raises(ModuleNotFound, match=r"module '.*' not found: "):
        session.eval(f"return require('{name}')")


BROKEN = {
    "an error": "error('no')",
    "an error object": "error({})",
    "no Lua": "local = 5",
    "a missing module": "require('missing')",
    "an error in another": "require('other')",
}
EFFECTS = """
Old, New = session:prototype('Old', { a = 2, b = 1 }), session:prototype('New', {})
function Old:hi() return 'new' end
old.mine, Old.extra = nil, 5
session:create(New, moved)
made = New:new{}
function session:helper() end
local create = session.create
function session:create(...) return create(self, ...) end
settings.level, settings.more, fresh = 2, 1, {}
function helper() return 'new' end
require('fine')
package.loaded.given = 7
session:setTimeout(function() fired = true end, 10)
session:setInterval(function() fired = true end, 10)
session:onClose(function() closed = true end)
session:createAppVariable({})
session:removePrototype('Gone')
session:unloadModule('kept')
"""


@pytest.mark.parametrize("how", BROKEN)
def test_error_when_the_outermost_require_raises_then_no_trace_is_left(
    session: Session, site: WriteSite, clock: FakeClock, how: str
) -> None:
    """The outermost `require` is a transaction: an error takes back all that it did to the session."""
    site({"lua/a.lua": EFFECTS + BROKEN[how], "lua/other.lua": "error('no')", "lua/fine.lua": "Fine = 1"})
    site({"lua/kept.lua": "Kept = session:prototype('Kept', {}) return {}"})
    session.execute("""
        Old, Gone = session:prototype('Old', { a = 1 }), session:prototype('Gone', {})
        old, moved, settings = Old:new{ mine = 1 }, Old:new{}, { level = 1 }
        function helper() return 'old' end
        kept = require('kept')
        session:createAppVariable({ kept = kept })
    """)
    watch_state(session)
    before = visible_state(session)
    session.execute("mine = old.mine")
    with pytest.raises(LuaError):
        session.require("a")
    session.execute("old.mine, mine = mine, nil")
    clock.advance(1)
    assert visible_state(session) == before


def test_error_when_inline_code_raises_then_no_trace_is_left(session: Session, site: WriteSite) -> None:
    """An inline chunk is a transaction too; instances that it made and gave away stay tracked."""
    site({"lua/fine.lua": "Fine = 1"})
    session.execute("Old = session:prototype('Old', { a = 1 }) old, list = Old:new{}, {} setmetatable(list, {})")
    watch_state(session)
    before = visible_state(session)
    with pytest.raises(LuaError, match="no"):
        session.execute("session:prototype('Old', { b = 1 }) require('fine') x = 5 list[1] = Old:new{} error('no')")
    after = visible_state(session)
    assert (after["counts"]["Old"], before["counts"]["Old"]) == (2, 1)
    for part in ("prototypes", "globals", "modules", "order", "session"):
        assert after[part] == before[part]


def test_error_when_a_module_raises_then_names_file_and_line(session: Session, site: WriteSite) -> None:
    """The error is the module's own, with its file and line, however deep it was required."""
    site({"lua/a.lua": "\n\nrequire('b')", "lua/b.lua": "\nlocal x = nil + 1"})
    with pytest.raises(LuaError) as caught:
        session.require("a")
    assert (caught.value.file, caught.value.line) == ("lua/b.lua", 2)
    assert [(frame.file, frame.line) for frame in caught.value.stack][:2] == [("lua/b.lua", 2), ("lua/a.lua", 3)]


def test_error_when_a_module_does_not_parse_then_names_file_and_line(session: Session, site: WriteSite) -> None:
    """A syntax error is one of the file that has it."""
    site({"lua/a.lua": "require('b')", "lua/b.lua": "\nlocal = 5"})
    with pytest.raises(LuaSyntaxError) as caught:
        session.require("a")
    assert (caught.value.file, caught.value.line) == ("lua/b.lua", 2)


def test_error_when_the_file_is_corrected_then_the_next_require_loads_it(session: Session, site: WriteSite) -> None:
    """After an error the next call tries again."""
    site({"lua/a.lua": "error('no')"})
    session.execute("ok = pcall(require, 'a')")
    site({"lua/a.lua": "return 'well'"})
    assert session.eval("return ok, require('a')") == (False, "well")


def test_error_when_the_file_moved_meanwhile_then_the_next_require_finds_it(session: Session, site: WriteSite) -> None:
    """No name stays bound to the file that failed: the next call searches anew."""
    root = site({"lua/a.lua": "error('no')"})
    session.execute("app = { go = function() return (pcall(require, 'a')) end } session:createAppVariable(app)")
    assert session.call("app:go") is False
    (root / "lua/a.lua").unlink()
    site({"apps/a.lua": "return 'moved'"})
    assert session.eval("return require('a')") == "moved"


def test_error_when_the_outer_module_catches_it_then_the_outer_one_is_loaded(session: Session, site: WriteSite) -> None:
    """A module may go on without another one, which isn't loaded then."""
    site({"lua/a.lua": "ok, why = pcall(require, 'b') A = session:prototype('A', {}) return 1"})
    site({"lua/b.lua": "error('no')"})
    session.require("a")
    assert session.eval("return ok, why, session:prototypes()") == (False, "lua/b.lua:1: no", ["A"])
    assert session.eval("return session:loaded(), package.loaded.b") == (["lua/a.lua"], None)


def test_error_when_the_outer_module_catches_it_then_nothing_of_the_other_goes_on(
    session: Session, site: WriteSite
) -> None:
    """Timers, hooks and watchers of a module that failed go with it; those of the outer one stay."""
    started = (
        "session:setInterval(print, 1e6) session:onReload(print) session:onClose(function() end)"
        " session:watchProperty(1, 'x', function() seen = (seen or 0) + 1 end)"
    )
    site({"lua/a.lua": f"{started} pcall(require, 'b')", "lua/b.lua": f"{started} error('no')"})
    session.execute("app = {} session:createAppVariable(app) require('a')")
    session.execute("session:createAppVariable(app, { x = '1' })")
    assert (session.eval("return seen"), len(session.describe()["timers"])) == (1, 1)


def test_error_when_a_caught_module_had_declared_anothers_prototype_then_that_one_stays(
    session: Session, site: WriteSite
) -> None:
    """A module that failed owns nothing: what another one had declared before isn't unloaded with it."""
    site({"lua/a.lua": "P = session:prototype('P', { a = 1 }) pcall(require, 'b') return 1"})
    site({"lua/b.lua": "session:prototype('P', { a = 1 }) error('no')"})
    session.require("a")
    assert session.eval("return session:prototypes(), session:prototype('P') == P") == (["P"], True)


def test_load_when_values_compare_by_their_own_metamethod_then_the_kernel_does_not_ask_it(
    session: Session, site: WriteSite
) -> None:
    """An `__eq` of the application that raises stops no load, nor its being taken back."""
    site({"lua/a.lua": "p = make() P.home = make()", "lua/b.lua": "p = make() P.home = make() error('no')"})
    session.execute("P = session:prototype('P', { home = {} }) P.__eq = function() error('asked') end")
    session.execute("function make() return P:new{} end p = make() P.home = make()")
    session.require("a")
    session.execute("first, home = p, P.home")
    with pytest.raises(LuaError, match=r"no$"):
        session.require("b")
    assert session.eval("return rawequal(p, first), rawequal(P.home, home)") == (True, True)


@pytest.mark.parametrize("how", ["inline", "method", "module"])
def test_load_when_a_module_yields_then_it_is_taken_back(session: Session, site: WriteSite, how: str) -> None:
    """A module can't wait while it loads: the load's end takes it back and says so."""
    go = "coroutine.wrap(function() require('a') end)()"
    site({"lua/a.lua": "x = 1 coroutine.yield() return 1", "lua/b.lua": go})
    session.execute(f"app = {{ go = function() {go} end }} session:createAppVariable(app)")
    act = {"inline": lambda: session.execute(go), "method": lambda: session.call("app:go")}
    with pytest.raises(LuaError, match="a module yielded while it was loading"):
        act.get(how, lambda: session.require("b"))()
    session.execute("P = session:prototype('P', {}) session:unloadModule('a')")
    assert session.eval("return x, session:loaded(), session:prototypes()") == (None, [], ["P"])


def test_loaded_when_read_then_is_a_live_view_under_each_name(session: Session, site: WriteSite) -> None:
    """`package.loaded` has the modules under each name that they were required by, libraries, and nothing else."""
    site({"apps/x/y.lua": "return 5"})
    session.execute("require('x.y') require('apps/x/y.lua')")
    assert session.eval("return package.loaded['x.y'], package.loaded['apps/x/y.lua'], package.loaded.z") == (
        5,
        5,
        None,
    )


def test_loaded_when_walked_then_has_modules_and_libraries(session: Session, site: WriteSite) -> None:
    """`pairs(package.loaded)` goes over all of them."""
    site({"lua/a.lua": "return 5"})
    session.execute("require('a') package.loaded.mine = 6 all = {}")
    session.execute("for name, value in pairs(package.loaded) do all[name] = value end")
    assert session.eval("return all.a, all.mine, all.string == string, all.b") == (5, 6, True, None)


def test_loaded_when_an_entry_is_set_to_nil_then_the_next_require_runs_the_file(
    session: Session, site: WriteSite
) -> None:
    """The usual way of loading a file afresh works, with what it had declared staying."""
    site({"lua/a.lua": "runs = (runs or 0) + 1 P = session:prototype('P', {}) return runs"})
    session.execute("require('a') p = P:new{} package.loaded.a = nil")
    assert session.eval("return package.loaded.a, session:loaded()") == (None, [])
    assert session.eval("return require('a'), getmetatable(p) == P") == (2, True)


def test_loaded_when_an_entry_is_set_to_a_value_then_require_answers_it(session: Session, site: WriteSite) -> None:
    """A value given for a name is what `require` answers, whether a module has it or not."""
    site({"lua/a.lua": "return 1"})
    session.execute("require('a') package.loaded.a = 'other' package.loaded.virtual = 'given'")
    assert session.eval("return require('a'), require('virtual')") == ("other", "given")
    session.execute("package.loaded.virtual = nil")
    with pytest.raises(ModuleNotFound):
        session.require("virtual")


@pytest.mark.parametrize("call", ["package.loaded[...] = nil", "session:unloadModule(...)"])
def test_loaded_when_a_module_drops_itself_while_it_runs_then_the_session_stays_whole(
    host: Host, session: Session, site: WriteSite, call: str
) -> None:
    """A module may take itself out while it runs: it isn't loaded then, and later reloads are none the worse."""
    site({"lua/a.lua": f"runs = (runs or 0) + 1 {call} return runs", "lua/b.lua": "return 1"})
    assert session.eval("return require('a'), require('a'), require('b')") == (1, 2, 1)
    site({"lua/b.lua": "function session:two() end return 2"})
    report = host.reload()
    assert report is not None
    assert (report.ok, session.eval("return session:loaded()")) == (True, ["lua/b.lua"])


OWNER = """
session:prototype('app.P', {})
ui.registerPresenter('Clock', {})
function session:helper() return 1 end
session.field = 5
session:setInterval(function() ticks = (ticks or 0) + 1 end, 10)
session:onClose(print)
return {}
"""


def test_unload_when_a_module_registered_things_then_they_are_gone(session: Session, site: WriteSite) -> None:
    """L22, R14, R15, R16, R17: unloading drops the load entry under each name, prototypes and fields of `session`."""
    site({"apps/o.lua": OWNER})
    session.execute("require('o') require('apps/o.lua') session:unloadModule('o')")
    assert session.eval("return session:prototypes(), session:loaded(), session.helper, session.field") == (
        [], [], None, None,
    )  # fmt: skip
    assert session.eval("return package.loaded.o, package.loaded['apps/o.lua']") == (None, None)
    assert not session.is_loaded("apps/o.lua")


@pytest.mark.parametrize("name", ["o", "apps/o.lua"])
def test_unload_when_named_or_keyed_then_is_the_same(session: Session, site: WriteSite, name: str) -> None:
    """R14: a module is unloaded by any name of it, or by its tracking key; `require` loads it afresh."""
    site({"apps/o.lua": "runs = (runs or 0) + 1 return runs"})
    session.execute(f"require('o') session:unloadModule('{name}')")
    assert session.eval("return require('o')") == 2


def test_unload_when_a_module_had_timers_then_they_stop(
    session: Session, site: WriteSite, clock: FakeClock, wait_until: WaitUntil
) -> None:
    """R14: the timers of a module end with it, those of others go on."""
    site({"lua/o.lua": OWNER})
    session.execute("session:setInterval(function() mine = (mine or 0) + 1 end, 10) require('o')")
    session.execute("session:unloadModule('o')")
    clock.advance(0.01)
    wait_until(lambda: session.eval("return mine") == 1)
    clock.advance(0.01)
    wait_until(lambda: session.eval("return mine") == 2)
    assert session.eval("return ticks") is None


def test_unload_when_many_timers_went_with_modules_then_there_is_room_for_more(
    session: Session, site: WriteSite
) -> None:
    """Timers that went with their module no longer count."""
    site({"lua/o.lua": "for i = 1, 5000 do session:setTimeout(print, 1000) end"})
    session.execute("for i = 1, 4 do require('o') session:unloadModule('o') end")
    session.execute("session:setTimeout(print, 1000)")


def test_unload_when_the_file_is_saved_later_then_nothing_runs(host: Host, session: Session, site: WriteSite) -> None:
    """R10, R18, R20: an unloaded module's file is nobody's: saving it reloads nothing."""
    site({"lua/o.lua": "runs = (runs or 0) + 1", "lua/d/p.lua": "runs = (runs or 0) + 1"})
    session.execute("require('o') require('d.p') session:unloadModule('o') session:unloadDirectory('lua/d')")
    site({"lua/o.lua": "runs = 10", "lua/d/p.lua": "runs = 20"})
    host.reload()
    assert session.eval("return runs, session.generation") == (2, 0)


def test_unload_when_instances_live_then_they_go_on(session: Session, site: WriteSite) -> None:
    """R7: instances of an unloaded prototype keep their metatable and methods."""
    site({"lua/o.lua": "P = session:prototype('P', {}) function P:hi() return 'hi' end"})
    session.execute("require('o') p = P:new{} session:unloadModule('o')")
    assert session.eval("return p:hi(), session:prototypes()") == ("hi", [])


@pytest.mark.parametrize("call", ["unloadModule('nobody')", "unloadDirectory('nowhere')", "removePrototype('None')"])
def test_unload_when_the_name_is_unknown_then_is_silent(session: Session, site: WriteSite, call: str) -> None:
    """R5, R14: unknown names are nothing."""
    site({"lua/a.lua": ""})
    session.execute(f"require('a') session:{call}")
    assert session.eval("return session:loaded()") == ["lua/a.lua"]


@pytest.mark.parametrize("folder", ["apps/x", "apps/x/"])
def test_unload_directory_when_it_has_modules_then_all_below_it_go(
    session: Session, site: WriteSite, folder: str
) -> None:
    """L23, R8, R9, R10, R11, R12: each module in the folder and below it is unloaded, a namesake beside it is not."""
    files = ["apps/x/a.lua", "apps/x/b.lua", "apps/x/deep/c.lua", "apps/xy/d.lua"]
    site({file: f"session:prototype('{file[-5]}', {{}})" for file in files})
    session.execute("require('x.a') require('x.b') require('x.deep.c') require('xy.d')")
    session.execute(f"session:unloadDirectory('{folder}')")
    assert session.eval("return session:loaded(), session:prototypes()") == (["apps/xy/d.lua"], ["d"])


def test_unload_when_it_was_the_last_of_its_folder_then_the_folder_is_empty(session: Session, site: WriteSite) -> None:
    """R8, R13, R22: a folder has the modules that are loaded from it, and none when all have gone."""
    site({"apps/x/a.lua": "return 1", "apps/x/b.lua": "return 1"})
    session.execute("require('x.a') require('x.b') session:unloadModule('x.a') session:unloadDirectory('apps/x')")
    session.execute("session:unloadDirectory('apps/x')")
    assert session.eval("return #session:loaded(), require('x.a')") == (0, 1)


def test_resources_when_a_nested_require_ends_then_belong_to_the_outer_module_again(
    session: Session, site: WriteSite
) -> None:
    """R21: what is registered after a nested `require` belongs to the outer module, not to the inner one."""
    site({"lua/a.lua": "session:prototype('A1', {}) require('b') session:prototype('A2', {}) function session:a() end"})
    site({"lua/b.lua": "session:prototype('B', {}) function session:b() end"})
    session.execute("require('a') session:unloadModule('b')")
    assert session.eval("return session:prototypes(), session.b, type(session.a)") == (["A1", "A2"], None, "function")


def test_resources_when_a_nested_require_fails_then_still_belong_to_the_outer_module(
    session: Session, site: WriteSite
) -> None:
    """R21: ownership goes back to the outer module after an error too."""
    site({"lua/a.lua": "pcall(require, 'b') session:prototype('A', {})", "lua/b.lua": "error('no')"})
    session.execute("require('a') session:unloadModule('a')")
    assert session.eval("return session:prototypes()") == []


def test_resources_when_registered_by_inline_code_then_belong_to_no_module(session: Session, site: WriteSite) -> None:
    """R21: what comes about while no module loads is nobody's: no unloading takes it."""
    site({"lua/a.lua": "function make() return session:prototype('Late', {}) end"})
    session.execute("require('a') make() session:prototype('Inline', {}) session:unloadModule('a')")
    assert session.eval("return session:prototypes()") == ["Inline", "Late"]


def test_resources_when_main_registers_them_then_belong_to_it(tmp_path: Path, site: WriteSite, vm: str) -> None:
    """`main.lua` is a module like any other."""
    site({"lua/main.lua": "session:prototype('P', {}) function session:hi() end"})
    with Host(tmp_path, watch=False, settings=Settings(vm=vm)) as host:
        session = host.create_session()
        assert session.eval("return session:loaded()") == ["lua/main.lua"]
        session.execute("session:unloadModule('lua/main.lua')")
        assert session.eval("return session:prototypes(), session.hi") == ([], None)


def test_session_field_when_its_module_is_unloaded_then_what_lay_under_it_shows(
    session: Session, site: WriteSite
) -> None:
    """Two modules that wrap one method of `session`: unloading the upper one leaves the lower one's."""
    wrap = "local old = session.getApp function session:getApp() return '%s' .. tostring(old(self)) end"
    site({"lua/a.lua": wrap % "a", "lua/b.lua": wrap % "b"})
    session.execute("require('a') require('b') both = session:getApp() session:unloadModule('b')")
    assert session.eval("return both, session:getApp()") == ("banil", "anil")
    session.execute("session:unloadModule('a')")
    assert session.eval("return session:getApp()") is None
