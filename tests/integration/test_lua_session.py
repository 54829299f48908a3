"""The life of a session as its Lua code sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from luahost import Host, LuaError, Session, SessionClosed, Settings
from luahost.news import GuestError, LogLine

WriteSite = Callable[[Mapping[str, str]], Path]

COUNTER = """
Counter = session:prototype('Counter', { count = 0 })
function Counter:add(n) self.count = self.count + n return self.count end
function Counter:label(text) if text == nil then return self.text or 'none' end self.text = text end
app = Counter:new{}
session:createAppVariable(app)
"""


def test_session_when_created_then_the_vm_is_ready(session: Session) -> None:
    """LC-1: a new session has its VM with the standard library and the API."""
    session.execute("""
        missing = {}
        for name in ('string table math os coroutine session ui EMPTY require print package unpack'):gmatch('%a+') do
            if _G[name] == nil then missing[#missing + 1] = name end
        end
    """)
    assert session.eval("return missing") == []
    assert session.eval("return table.getn({ 1, 2 }), math.pow(2, 3), loadstring('return 5')()") == (2, 8, 5)


def test_main_when_the_site_has_one_then_it_has_run(tmp_path: Path, site: WriteSite, vm: str) -> None:
    """LC-2: the file `lua/main.lua` is executed when a session begins."""
    site({"lua/main.lua": "started = (started or 0) + 1"})
    with Host(tmp_path, watch=False, settings=Settings(vm=vm)) as host:
        assert host.create_session().eval("return started") == 1


def test_main_when_another_site_is_served_then_its_own_runs(tmp_path: Path, site: WriteSite, vm: str) -> None:
    """LC-16: a host serves the folder that it is given."""
    site({"one/lua/main.lua": "who = 1", "two/lua/main.lua": "who = 2"})
    with Host(tmp_path / "two", watch=False, settings=Settings(vm=vm)) as host:
        assert host.create_session().eval("return who") == 2


def test_code_when_executed_then_its_definitions_are_callable(session: Session) -> None:
    """LC-3: what a chunk defined can be called from later ones."""
    session.execute("function double(n) return 2 * n end")
    assert session.eval("return double(21)") == 42


def test_method_when_called_from_outside_then_gets_arguments_and_answers(session: Session) -> None:
    """LC-5, LC-9, LC-12: a method is called with arguments and answers; the state shows what it did."""
    session.execute(COUNTER)
    assert session.call("app:add", 5) == 5
    assert session.get("app.count") == 5


def test_value_when_read_then_is_typed_and_nil_when_missing(session: Session) -> None:
    """LC-6: values come with their types; a missing one is nil."""
    session.execute("session:createAppVariable({ n = 1, x = 1.5, s = 'a', b = true, list = { { id = 7 } } })")
    values = [session.get(f"app.{name}") for name in ("n", "x", "s", "b", "list.0.id", "missing")]
    assert values == [1, 1.5, "a", True, 7, None]


def test_value_when_written_then_lua_sees_it(session: Session) -> None:
    """LC-7: a value set from outside is what Lua code reads."""
    session.execute(COUNTER)
    session.set("app.count", 7)
    assert session.eval("return app.count, rawget(app, 'count')") == (7, 7)


def test_type_when_defined_in_lua_then_has_its_fields_and_methods(session: Session) -> None:
    """LC-8, LC-11: a type defined in Lua makes instances with their initial state."""
    session.execute(COUNTER + "function Counter:new(i) i = session:create(self, i) i.made = 'yes' return i end")
    assert session.eval("local c = Counter:new{ count = 2 } return c.count, c.made, c:add(1)") == (2, "yes", 3)


def test_accessor_when_it_reads_and_writes_then_both_work(session: Session) -> None:
    """LC-10: a method that reads without an argument and writes with one is a property with getter and setter."""
    session.execute(COUNTER)
    assert session.call("app:label") == "none"
    session.call("app:label", "new")
    assert (session.call("app:label"), session.get("app.text")) == ("new", "new")


def test_error_when_code_raises_then_is_told_and_the_session_lives(session: Session) -> None:
    """LC-15: an error comes with message, file and line, and the session goes on."""
    with pytest.raises(LuaError) as caught:
        session.execute("\nerror('no')", name="@x.lua")
    assert (caught.value.message, caught.value.file, caught.value.line) == ("no", "x.lua", 2)
    assert session.eval("return 1") == 1


def test_session_when_closed_then_its_vm_is_gone(host: Host, session: Session) -> None:
    """LC-14: a closed session runs nothing any more, and the host has forgotten it."""
    session.close()
    with pytest.raises(SessionClosed):
        session.eval("return 1")
    assert host.get_session("1") is None


def test_id_when_sessions_are_made_then_counts_and_the_key_is_lasting(host: Host, session: Session) -> None:
    """`session.id` is the vended id, `session.key` 32 hex characters; Lua sees the same as Python."""
    second = host.create_session()
    assert [session.eval("return session.id"), second.eval("return session.id")] == ["1", "2"]
    assert second.eval("return session.key") == second.key
    assert len(second.key) == 32
    assert int(second.key, 16) >= 0


def test_generation_when_reloads_are_applied_then_counts_them(host: Host, session: Session, site: WriteSite) -> None:
    """`session.generation` is how many reloads have been applied; a failed one doesn't count."""
    site({"lua/a.lua": "return 1"})
    session.require("a")
    counts = [session.eval("return session.generation")]
    for text in ("return 2", "error('no')", "return 3"):
        site({"lua/a.lua": text})
        host.reload()
        counts.append(session.eval("return session.generation"))
    assert counts == [0, 1, 1, 2]


@pytest.mark.parametrize("text", ["seen = session.reloading", "error('no')", "local = 5"])
def test_reloading_when_the_turn_is_over_then_is_false(
    host: Host, session: Session, site: WriteSite, text: str
) -> None:
    """`session.reloading` is true for reloaded code alone: not in first loads, nor after errors."""
    site({"lua/a.lua": "first = session.reloading"})
    session.require("a")
    site({"lua/a.lua": text})
    host.reload()
    assert session.eval("return first, session.reloading") == (False, False)
    assert session.eval("return seen") is (True if text.startswith("seen") else None)


def test_reloading_when_another_module_is_required_by_reloaded_code_then_is_true(
    host: Host, session: Session, site: WriteSite
) -> None:
    """A first load within a reload is part of it."""
    site({"lua/a.lua": "", "lua/b.lua": "b_saw = session.reloading"})
    session.require("a")
    site({"lua/a.lua": "require('b')"})
    host.reload()
    assert session.eval("return b_saw") is True


def test_on_reload_when_a_reload_was_applied_then_is_called_with_its_report(
    host: Host, session: Session, site: WriteSite
) -> None:
    """`onReload` functions get the report after the reload; a failed one calls none."""
    site({"lua/a.lua": "P = session:prototype('P', { a = 1 })"})
    session.execute("require('a') session:onReload(function(r) report, reloading = r, session.reloading end)")
    site({"lua/a.lua": "error('no')"})
    host.reload()
    assert session.eval("return report") is None
    site({"lua/a.lua": "P = session:prototype('P', { a = 2 })"})
    host.reload()
    assert session.eval("return report.modules, report.generation, report.prototypes[1].name, reloading") == (
        ["lua/a.lua"], 1, "P", False,
    )  # fmt: skip


def test_on_reload_when_one_raises_then_the_others_are_called(
    host: Host, session: Session, site: WriteSite, reported: list[GuestError]
) -> None:
    """Hooks run in the order they were made; an error of one is reported and stops neither others nor the reload."""
    site({"lua/a.lua": ""})
    session.execute("log = {} require('a')")
    for number in (1, 2, 3):
        session.execute(
            f"session:onReload(function() log[#log + 1] = {number} if {number} == 2 then error('no') end end)"
        )
    site({"lua/a.lua": "return 1"})
    report = host.reload()
    assert report is not None
    assert (report.ok, session.eval("return log"), len(reported)) == (True, [1, 2, 3], 1)


@pytest.mark.parametrize("closes", ["handle.close()", "handle:close() handle:close()"])
def test_on_reload_when_its_handle_is_closed_then_is_called_no_more(
    host: Host, session: Session, site: WriteSite, closes: str
) -> None:
    """The handle ends it, twice is nothing."""
    site({"lua/a.lua": ""})
    session.execute(f"require('a') handle = session:onReload(function() called = true end) {closes}")
    site({"lua/a.lua": "return 1"})
    host.reload()
    assert session.eval("return called") is None


def test_on_close_when_the_session_closes_then_is_called_before(
    session: Session, logged: list[LogLine], reported: list[GuestError]
) -> None:
    """`onClose` functions run while the session still stands, each of them, whatever the others raise."""
    session.execute("name = 'x' session:onClose(function() print(name .. session.id) error('no') end)")
    session.execute("session:onClose(function() print('second') end) session:onClose(print).close()")
    session.close()
    assert [line.message for line in logged] == ["x1", "second"]
    assert len(reported) == 1


def test_app_when_made_then_is_variable_one_and_found_again(session: Session) -> None:
    """`createAppVariable` answers 1, and `getApp` the table itself; before there is none."""
    answer = session.eval("app = {} before = session:getApp() return before, session:createAppVariable(app)")
    assert answer == (None, 1)
    assert session.eval("return session:getApp() == app") is True


def test_app_when_made_again_then_there_is_never_a_second_root(session: Session) -> None:
    """The same object again is nothing, another one takes the first's place."""
    session.execute(
        "a, b = { name = 'a' }, { name = 'b' } one, two = session:createAppVariable(a), session:createAppVariable(a)"
    )
    assert session.eval("return one, two, session:getApp() == a") == (1, 1, True)
    session.execute("three = session:createAppVariable(b)")
    assert session.eval("return three, session:getApp() == b") == (1, True)
    assert session.get("app.name") == "b"


def test_session_when_the_app_adds_fields_then_they_stay(session: Session) -> None:
    """`session` is a plain table: applications add fields and methods."""
    session.execute("session.theme = 'dark' function session:hi(name) return self.theme .. name end")
    assert session.eval("return session:hi('!')") == "dark!"
    session.execute("session.theme = nil")
    assert session.eval("return session.theme") is None


def test_session_when_each_method_is_wrapped_then_the_wrapper_is_used(session: Session) -> None:
    """Every method can be wrapped by one that calls the former one, the rarely used ones too."""
    session.execute("""
        called = {}
        for name, old in pairs(session) do
            if type(old) == 'function' then
                session[name] = function(self, ...) called[name] = true return old(self, ...) end
            end
        end
        P = session:prototype('P', {}) p = P:new{} session:loaded() session:clearTimeout(1) session:removePrototype('P')
    """)
    names = ["prototype", "create", "loaded", "clearTimeout", "removePrototype"]
    assert [session.eval(f"return called.{name}") for name in names] == [True] * 5


def test_deprecated_calls_when_made_then_answer_as_if_all_is_current_and_warn_once(
    session: Session, logged: list[LogLine]
) -> None:
    """`newVersion`, `getVersion` and `needsMutation` are present, and warn one time in all."""
    session.execute("P = session:prototype('P', {}) p = P:new{}")
    code = "return session:newVersion(), session:getVersion(), session:needsMutation(p)"
    assert session.eval(code) == session.eval(code) == (1, 1, False)
    assert [(line.level, "deprecated" in line.message) for line in logged] == [("warn", True)]
