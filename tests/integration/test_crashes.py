"""Crashes: whatever a session does, the process lives, other sessions go on, and errors are errors.

Each test runs in a process of its own. Depth, memory and error objects are also in the tests of the boundary.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

Probe = Callable[..., list[str]]

APP = """
session.execute('''
app = { n = 0, list = { 1, 2, 3 } }
function app:add() self.n = self.n + 1 return self.n end
function app:same(...) return ... end
session:createAppVariable(app)''')
other = host.create_session()
other.execute("app = {} function app:ping() return 1 end session:createAppVariable(app)")
"""

RAISES = "function() error('raised', 0) end"
METAMETHODS = f"""
local raising = {{}}
for _, name in ipairs({{ "__index", "__newindex", "__tostring", "__eq", "__lt", "__le", "__len", "__concat",
  "__call", "__add", "__unm", "__pairs", "__close", "__name", "__metatable", "__mode" }}) do
  raising[name] = {RAISES}
end
"""

STRANGE = {
    "yield at the top": "coroutine.yield(1)",
    "yield in a metamethod": "return setmetatable({}, { __index = coroutine.yield }).x",
    "yield in a sort": "coroutine.wrap(function() table.sort({ 3, 2, 1 }, coroutine.yield) end)()",
    "resume of itself": "local co co = coroutine.create(function() return coroutine.resume(co) end)"
    " assert(select(2, coroutine.resume(co)) == false) error('end')",
    "wrap of a dead one": "local f = coroutine.wrap(function() end) f() f()",
    "error of nil": "error()",
    "error of an error": "error(error)",
    "very long error": "error(('x'):rep(1000000))",
    "error with zeros": "error('a\\0b\\255', 0)",
    "error at a level that isn't": "error('far', 1000000)",
    "huge index": "local t = {} t[2^53] = 1 t[-2^53] = 1 t[1e300] = 1 t[2^31] = 1 assert(#t == 0) error('end')",
    "huge numeric for": "for i = 2^1023, math.huge, 2^1023 do if i == math.huge then break end end error('end')",
    "unpack of too many": "return table.unpack({}, 1, 1e7)",
    "arguments without end": "return select('#', table.unpack({}, 1, 900000)) and error('end')",
    "upvalues and locals": "return assert(load('local ' .. ('a,'):rep(300) .. 'b = 1'))",
    "deep expression": "return assert(load('return ' .. ('{'):rep(10000) .. ('}'):rep(10000)))",
    "long chain of elseif": "assert(load('if a then' .. (' elseif b then'):rep(3000) .. ' end')) error('end')",
    "format of anything": "return string.format('%d', 'x')",
    "format of too much": "return ('%s'):rep(1000):format(1)",
    "date of nothing": "return os.date('%') .. os.date('%Ez') .. nil",
    "time of nothing": "return os.time({ year = 2^60, month = 2^60, day = 2^60 }) .. nil",
    "globals that raise": f"setmetatable(_G, {{ __index = {RAISES}, __newindex = {RAISES} }}) x = 1",
    "session that raises": f"setmetatable(session, {{ __index = {RAISES}, __newindex = {RAISES} }}) session.other = 1",
    "loaded that raises": f"package.loaded.x = setmetatable({{}}, {{ __index = {RAISES} }}) return require('x').y",
    "require of itself": "package.loaded.x = nil return require('x.' .. ('y'):rep(100000))",
    "session without itself": "session.create(nil) ",
    "session of another kind": "session.setTimeout({}, print, 1)",
    "prototype of itself": "local P = session:prototype('P', {}) session:prototype('P', {}, P)",
    "prototype without a name": "session:prototype(nil)",
    "root that is no table": "session:createAppVariable(1)",
    "generation that is text": "session.generation = 'x' session.reloading = {} error('end')",
    "traceback of anything": "return debug.traceback({}, 'x') .. nil",
}


@pytest.fixture
def survives(probe: Probe) -> Callable[..., None]:
    """Returns a function that runs text in a process with a session `session` and another one, which go on after it."""

    def run(text: str, *shown: str, **settings: object) -> None:
        last = "\nprint(other.call('app:ping'), host.create_session().eval('return 1'))"
        assert probe(textwrap.dedent(text) + last, first=APP, **settings) == [*shown, "1 1"]

    return run


def test_strange_code_when_it_runs_then_it_is_an_error(survives: Callable[..., None]) -> None:
    """Chunks that try odd things end in an error of luahost, and leave a session that answers."""
    survives(
        f"""
        for name, code in {STRANGE!r}.items():
            outcome = failing(session.eval, code)
            if not outcome.startswith(("LuaError", "LuaSyntaxError", "ModuleNotFound", "LimitExceeded")):
                print(name, outcome[:200])
            fresh = host.create_session()
            failing(fresh.eval, code)
            if fresh.eval("return 1 + 1") != 2 or "setmetatable(_G" not in code and session.call("app:add") < 1:
                print(name, "is not usable")
            if "setmetatable" in code:
                session = host.create_session()
                session.execute("app = {{}} function app:add() return 1 end session:createAppVariable(app)")
        """
    )


def test_metamethods_when_they_raise_then_every_way_to_them_is_an_error(survives: Callable[..., None]) -> None:
    """An object whose metamethods all raise does no harm as app, result, error, key, log line, module or instance."""
    survives(
        f"""
        code = {METAMETHODS!r} + '''
        bad = setmetatable({{}}, raising)
        function fetch() return bad end
        app.bad = bad'''
        session.execute(code)
        calls = [lambda code=code: session.eval(code) for code in (
            "return bad.x", "bad.x = 1", "return tostring(bad)",
            "return bad == setmetatable({{}}, getmetatable(bad) or {{}})",
            "return #bad", "return bad .. 1", "return bad()", "error(bad)", "print(bad)", "ui.log(bad)",
            "for _ in pairs(bad) do end",
            "session:create(bad)", "session:create(session:prototype('P'), bad)", "session:prototype('Q', bad)",
            "session:prototype('R', {{}}, bad)", "package.loaded.bad = bad return require('bad')",
            "return ui.json_encode(bad)",
            "session:setTimeout(bad, 1)", "session:setTimeout(bad, 'x', 1)", "return table.concat(bad)",
            "return next(bad)",
            "table.sort({{ bad, bad }})", "return string.rep(bad, 2)", "return load(bad)", "return bad, {{ bad }}",
            "session:createAppVariable(bad)")]
        calls += [lambda: session.get("app.x"), lambda: session.set("app.x", 1), lambda: session.call("app:x"),
                  lambda: session.set("app.x", [1]), session.describe]
        outcomes = [failing(call) for call in calls]
        print(sorted({{outcome.split(":")[0] for outcome in outcomes}} - {{"no error"}}))
        print(session.eval("return 1"))
        session.close()
        """,
        "['ConversionError', 'LuaError']",
        "1",
    )


def test_mutate_and_reload_when_instances_raise_at_everything_then_the_reload_stands(
    survives: Callable[..., None],
) -> None:
    """Prototypes whose metamethods raise are declared again and reloaded like others."""
    survives(
        f"""
        path = host.site.root / "lua"
        path.mkdir(exist_ok=True)
        text = {METAMETHODS!r} + '''
        P = session:prototype("P", {{ a = 1 }})
        for name, f in pairs(raising) do if name ~= "__index" then P[name] = f end end
        kept = kept or {{}}
        for i = 1, 3 do kept[i] = session:create(P, {{ i = i }}) end
        function P:mutate() error(self) end'''
        (path / "raising.lua").write_text(text)
        session.require("raising")
        for n in (2, 3):
            (path / "raising.lua").write_text(text.replace("a = 1", f"a = {{n}}"))
            report = host.reload()
            print(report.ok, session.eval("return P.a"))
        """,
        "True 2",
        "True 3",
    )


def test_values_when_they_are_huge_or_deep_then_they_cross_or_are_refused(survives: Callable[..., None]) -> None:
    """Deep, long, cyclic and odd values never take the process down, on either way."""
    survives(
        """
        deep = []
        for _ in range(100_000):
            deep = [deep]
        cyclic = []
        cyclic.append(cyclic)
        values = [deep, cyclic, {"a": cyclic}, [None] * 1000, {n: n for n in range(5000)}, "x" * 100_000, b"\\0" * 5000,
                  float("inf"), float("nan"), -0.0, 2**63, -(2**63) - 1, 10**400, object(), print, {1, 2}, (1, (2,)),
                      "\\ud800",
                  {(1, 2): 3}, {None: 1}, {"x": {}}, [[]], True]
        for value in values:
            for call in (lambda: session.call("app:same", value), lambda: session.call("app:same", *[value] * 60),
                         lambda: session.set("app.x", value)):
                outcome = failing(call).split(":")[0]
                if outcome not in ("no error", "ConversionError", "LimitExceeded"):
                    print(type(value), outcome)
        for code in ("local t = {} for i = 1, 1e5 do t = {t} end return t", "local t = {} t[1] = t return t",
                     "return setmetatable({}, {__index = error, __len = error})",
                     "return {[2^53] = 1, [-1] = 2, [0.5] = 3}",
                     "return ('x'):rep(3000000)", "local t = {} for i = 1, 2e5 do t[i] = i end return t",
                     "return table.unpack({}, 1, 5000)",
                     "return {[{}] = 1}", "return {[1] = 1, [true] = 2}", "return 0/0, 1/0, -1/0, -0.0", "return _G",
                     "return session"):
            outcome = failing(session.eval, code).split(":")[0]
            if outcome not in ("no error", "ConversionError", "LimitExceeded"):
                print(code, outcome)
        print(session.call("app:add"))
        """,
        "1",
    )


def test_names_when_they_are_hostile_then_they_are_errors(survives: Callable[..., None]) -> None:
    """Paths, chunk names and module names with zeros, dots, marks and a million characters are errors or nothing."""
    survives(
        """
        for name in ("", "\\0", "app\\0.n", "..", "app..n", "app.", ":", "app:", "app:x:y", "app:\\0", "a" * 1_000_000,
            "/etc/passwd",
                     "../x", "~", "%s%n", "\\ud800", "@", "=", "app." + "9" * 400 + ":x", "app.list.-1:x",
                     "app." * 2000 + "x"):
            for call in (session.call, session.get, session.require, session.is_loaded, lambda n: session.set(n, 1),
                         lambda n: session.eval("return 1", n), lambda n: session.eval("error('x')", n),
                         lambda n: session.eval("x x", n)):
                outcome = failing(call, name).split(":")[0]
                if outcome not in ("no error", "LuaError", "LuaSyntaxError", "ModuleNotFound", "ConversionError",
                    "LimitExceeded"):
                    print(repr(name[:20]), outcome)
        print(session.call("app:add"))
        """,
        "1",
    )


def test_timers_when_they_have_no_time_at_all_then_others_have_their_turns(survives: Callable[..., None]) -> None:
    """Timers of 0 ms that set the next one for ever leave room for calls, other timers and closing."""
    survives(
        """
        import threading
        late = threading.Event()
        host.on("log", lambda line: late.set())
        session.execute('''
        function again() session:setTimeout(again, 0) end
        for i = 1, 20 do again() session:setImmediate(again) end
        session:setTimeout(function() print("late") end, 20)
        for _, ms in ipairs({ -1, -1e300, 1e300, 2^53, 0.0001 }) do session:setTimeout(again, ms) end
        session:setInterval(function() end, 1e-300)''')
        print(late.wait(10), session.call("app:add"), other.call("app:ping"))
        for ms in ("0/0", "{}", "'x'", "nil"):
            print(failing(session.eval, f"session:setInterval(print, {ms})").split(":")[0])
        session.close()
        print(session.is_closed)
        """,
        "True 1 1",
        *["LuaError"] * 4,
        "True",
    )


def test_session_when_it_is_closed_within_its_own_turn_then_it_goes_at_its_end(survives: Callable[..., None]) -> None:
    """Closing from a log line, a timer, a hook's line or `run`, twice too, ends the session, later."""
    survives(
        """
        import threading
        host.on("log", lambda line: host.get_session(line.session).close())
        host.on("lua_error", lambda error: host.get_session(error.session).close())
        def fresh(code):
            new = host.create_session()
            return new, failing(new.eval, code)
        ended = []
        for code in ("print('x') for i = 1, 1e5 do local t = {i} end return app",
            "coroutine.wrap(function() print('x') end)() return 1",
                     "session:onClose(function() print('x') end) print('x')", "print('x') error('after')",
                     "pcall(print, 'x') session:setImmediate(print)",
                     "session:setTimeout(function() error('x') end, 0)"):
            ended.append(fresh(code)[0])
        new = host.create_session()
        new.run(lambda inside: (inside.close(), inside.eval("print('again')"), inside.close()))
        ended.append(new)
        done = threading.Event()
        deadline = threading.Timer(10, done.set)
        deadline.start()
        while not all(each.is_closed for each in ended) and not done.is_set():
            other.call("app:ping")
        print([each.is_closed for each in ended])
        deadline.cancel()
        """,
        str([True] * 7),
    )


def test_closed_session_when_it_is_called_then_it_is_an_error_at_once(survives: Callable[..., None]) -> None:
    """Every method of a closed session raises SessionClosed without waiting, and those that end things do nothing."""
    survives(
        """
        import time
        session.close()
        began = time.monotonic()
        for call in (lambda: session.call("app:add"), lambda: session.call("app:add", {"a": 1}),
            lambda: session.get("app.n"),
                     lambda: session.set("app.n", 1), lambda: session.set("app.n", [1]),
                         lambda: session.eval("return 1"),
                     lambda: session.execute("x = 1"), lambda: session.require("x"), lambda: session.run(print),
                     lambda: session.is_loaded("x"), session.describe, session.collect):
            outcome = failing(call).split(":")[0]
            if outcome != "SessionClosed":
                print(outcome)
        print(session.close(), session.kill(), session.fire_timer(), repr(session)[:11], time.monotonic() - began < 1.0)
        print(host.reload())
        """,
        "None False None <Session 1  True",
        "None",
    )


def test_host_when_it_is_closed_within_a_turn_then_nothing_stands_still(survives: Callable[..., None]) -> None:
    """A host that a callback of its own session closes is closed, and its sessions with it."""
    survives(
        """
        with Host(host.site.root, watch=False, settings=host.settings) as second:
            inside = second.create_session()
            second.create_session()
            second.on("log", lambda line: second.close())
            print(failing(inside.eval, "print('x') return 1"))
        print(second.sessions, inside.is_closed)
        print(failing(inside.eval, "return 1").split(":")[0], failing(second.create_session).split(":")[0])
        """,
        "no error: 1",
        "[] True",
        "SessionClosed SessionClosed",
    )


def test_callback_when_it_uses_the_host_in_every_way_then_the_turn_goes_on(survives: Callable[..., None]) -> None:
    """Within a log line the host may create, close, reload, collect, kill and call other sessions."""
    survives(
        """
        def busy(line):
            new = host.create_session()
            new.eval("return 1")
            session.collect()
            other.collect()
            host.reload()
            new.kill()
            new.close()
            other.run(lambda inside: inside.call("app:ping"))
            session.describe()
        host.on("log", busy)
        print(session.eval("for i = 1, 20 do coroutine.wrap(function() print(i) end)() print({}) end return app:add()"))
        """,
        "1",
    )


def test_sessions_when_threads_create_use_and_close_them_at_once_then_all_is_well(
    survives: Callable[..., None],
) -> None:
    """Ten threads that create, call, kill and close sessions of one host crash nothing and leave nothing."""
    survives(
        """
        import threading
        host.on("lua_error", lambda error: None)
        def work(seed):
            for n in range(15):
                new = host.create_session()
                threads = [threading.Thread(target=failing, args=(call, *args)) for call, *args in (
                    (new.eval, "local n = 0 for i = 1, 2e5 do n = n + i end coroutine.wrap(function() return n end)()"),
                    (new.kill,), (new.close,), (new.eval, "session:setTimeout(function() while true do end end, 0)"))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                new.close()
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print([each.id for each in host.sessions])
        """,
        "['1', '2']",
        time_limit_s=0.2,
    )
