"""The boundary: nesting. Recursion of every kind ends in an error of Lua, never in the death of the process."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[..., list[str]]

RECURSIONS = {
    "wrap": "local function f() return coroutine.wrap(f)() end return f()",
    "resume": "local function f() local _, e = coroutine.resume(coroutine.create(f)) return error(e, 0) end return f()",
    "gsub": "local function f() return (('x'):gsub('x', f)) end return f()",
    "gsub table": "local t t = setmetatable({}, {__index = function() return (('x'):gsub('x', t)) end}) return t.x",
    "gsub in wrap": "local function f() return (('x'):gsub('x', coroutine.wrap(f))) end return f()",
    "pcall": "local function f() return select(-1, pcall(f)) end return f() and error('end')",
    "pcall in wrap": "local function f() local _, e = pcall(coroutine.wrap(f)) return error(e, 0) end return f()",
    "xpcall": "local function f() return (xpcall(f, f)) end return f() and error('end')",
    "resumed later": """
        local function body() pcall(coroutine.yield) return coroutine.wrap(body)() end
        local all = {}
        for i = 1, 3000 do
          all[i] = coroutine.create(function()
            pcall(coroutine.yield)
            return all[i + 1] and coroutine.resume(all[i + 1])
          end)
          coroutine.resume(all[i])
        end
        coroutine.resume(all[1]) error('end')""",
    "sort": "local function f() table.sort({1, 2, 3}, f) end return f()",
    "tostring": "local t t = setmetatable({}, {__tostring = function() return tostring(t) .. 1 end}) print(t)",
    "index": "local t t = setmetatable({}, {__index = function(_, k) return t[k .. 1] .. 1 end}) return t.x",
    "call": "local t t = setmetatable({}, {__call = function() return t() + 1 end}) return t()",
    "plain": "local function f() return f() + 1 end return f()",
    "load": "local function f() return load(f) end return f()",
    "parser": "return assert(load(('('):rep(100000)))",
}


def test_recursion_when_it_has_no_end_then_it_is_an_error(probe: Probe) -> None:
    """Endless recursion through whatever calls back is an error, and the session answers afterwards."""
    assert (
        probe(
            f"""
        for name, code in {RECURSIONS!r}.items():
            outcome = failing(session.eval, code)
            if outcome.startswith("no error") or session.eval("return 1") != 1:
                print(name, outcome[:200])
        """
        )
        == []
    )


def test_recursion_when_it_runs_in_a_thread_of_the_pool_then_it_is_an_error_too(probe: Probe) -> None:
    """Threads of the pool have stacks as deep as the main one: a timer may recurse as a call may."""
    assert probe(
        f"""
        import threading
        errors, done = [], threading.Event()
        host.on("lua_error", lambda error: (errors.append(error), len(errors) == 3 and done.set()))
        for name in ("wrap", "gsub", "plain"):
            code = {RECURSIONS!r}[name]
            session.execute("session:setImmediate(function() " + code + " end)")
        print(done.wait(20), session.eval("return 1"))
        """
    ) == ["True 1"]


def test_coroutines_when_they_are_nested_fifty_deep_then_they_work(probe: Probe) -> None:
    """Honest nesting is far from the cap, and counts anew when it has come back, by an error too."""
    assert probe(
        """
        session.execute('''
        function deep(n) if n == 0 then return 0 end return 1 + coroutine.wrap(deep)(n - 1) end
        function fails(n)
          if n == 0 then error('bottom', 0) end
          return (('x'):gsub('x', function() return fails(n - 1) end))
        end''')
        print(session.eval("local sum = 0 for i = 1, 50 do sum = sum + deep(50) end return sum"))
        print(session.eval("local e for i = 1, 50 do _, e = pcall(fails, 30) end return e"))
        print(session.eval("local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end)"
                           " return co(1), co(21), (pcall(co))"))
        """
    ) == ["2500", "bottom", "(2, 42, False)"]


def test_error_when_it_leaves_a_wrapped_coroutine_then_it_is_as_lua_has_it(probe: Probe) -> None:
    """`coroutine.wrap` passes on error objects as they are, `xpcall` its arguments, `gsub` its counts."""
    assert probe(
        """
        print(session.eval("local t = {1} local ok, e = pcall(coroutine.wrap(function() error(t) end)) return e == t"))
        print(session.eval("return xpcall(function(a, b) return a + b end, print, 1, 2)"))
        print(session.eval("return ('abc'):gsub('%w', {a = 1, b = true and 'x'}, 2)"))
        session.execute("count = coroutine.create(function(...) return select('#', ...) end)")
        print(session.eval("return coroutine.resume(count, nil, nil)"))
        """
    ) == ["True", "(True, 3)", "('1xc', 2)", "(True, 2)"]


def test_callback_when_it_calls_in_again_and_again_then_it_ends_in_an_error(probe: Probe) -> None:
    """Lua that calls Python that calls Lua is ended after 40 levels, before Lua's own limit or the C stack."""
    assert probe(
        """
        levels, errors = [], []
        def again(line):
            levels.append(line)
            try:
                session.eval("print('again')")
            except LuaError as error:
                errors.append(str(error))
        host.on("log", again)
        session.eval("print('first')")
        print(len(levels), errors, session.eval("return 1"))
        """
    ) == ["40 ['calls into the session are nested too deep'] 1"]


def test_callback_when_it_waits_for_a_thread_that_needs_the_session_then_the_thread_is_refused(probe: Probe) -> None:
    """Nobody stands still for ever: a thread that wants the session within its own turn is refused in time."""
    assert probe(
        """
        import threading
        outcomes = []
        def ask(line):
            other = threading.Thread(target=lambda: outcomes.append(failing(session.eval, "return 1")))
            other.start()
            other.join()
        host.on("log", ask)
        session.eval("print('x')")
        print(outcomes)
        """,
        wait_s=0.1,
    ) == ['["SessionBusy: the session\'s turn has not ended within 0.1 s"]']
