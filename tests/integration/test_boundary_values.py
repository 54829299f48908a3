"""The boundary: what crosses between Python and Lua, each test in a process of its own that has to survive it."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[..., list[str]]


def test_coroutine_when_collected_after_it_made_results_then_the_process_lives(probe: Probe) -> None:
    """Values that a coroutine made outlive it: only plain data crosses, no handle keeps its state (lupa issue 84)."""
    assert probe(
        """
        kept = [session.eval(
            "return coroutine.wrap(function() local t = {n = %d} return t, {t.n}, 'x' end)()" % n) for n in range(200)]
        session.eval("collectgarbage()")
        session.collect()
        del kept[::2]
        print(kept[0], len(kept))
        """
    ) == ["({'n': 1}, [1], 'x') 100"]


def test_coroutine_when_it_crosses_and_is_collected_then_the_process_lives(probe: Probe) -> None:
    """A coroutine may call the host, be dropped half-way and be collected, with what it passed still held."""
    assert probe(
        """
        lines = []
        host.on("log", lines.append)
        for n in range(100):
            session.eval("local f = coroutine.wrap(function() print({}, 'x') coroutine.yield() end) f()")
            session.collect()
        print(len(lines), lines[0].message.startswith("table"))
        """
    ) == ["100 True"]


def test_function_when_it_is_a_result_then_it_does_not_cross(probe: Probe) -> None:
    """Functions, coroutines and tables that hold them are refused at the edge, and so never held by Python."""
    assert probe(
        """
        print(failing(session.eval, "return print"))
        print(failing(session.eval, "return {a = {coroutine.create(print)}}"))
        print(failing(session.eval, "local t = {} t.t = t return t"))
        """
    ) == [
        "ConversionError: result[1]: a function can't leave the session",
        "ConversionError: result[1].a[1]: a thread can't leave the session",
        "ConversionError: result[1].t: a cycle can't leave the session",
    ]


def test_callback_when_it_raises_in_a_coroutine_then_the_guest_goes_on(probe: Probe) -> None:
    """What raises in Python behind a guest's call never reaches Lua as a Python exception, whose traceback kills."""
    assert probe(
        """
        def fail(line):
            raise RuntimeError(line)
        host.on("log", fail)
        code = "local n = 0 for i = 1, 50 do coroutine.wrap(function() print({}) n = n + 1 end)() end return n"
        print(session.eval(code))
        session.collect()
        print("module 'no.such'" in failing(session.eval, "coroutine.wrap(function() require('no.such') end)()"))
        """
    ) == ["50", "True"]


def test_question_when_the_host_fails_to_answer_then_it_is_an_error_of_the_guest(probe: Probe) -> None:
    """Whatever raises in the host's own answers is told to Lua as data, within coroutines too."""
    assert probe(
        """
        class Broken:
            def now(self):
                raise RuntimeError("no time")
            def wait(self, condition, timeout_s):
                condition.wait(timeout_s)
        with Host(host.site.root, watch=False, settings=host.settings, clock=Broken()) as other:
            asking = other.create_session()
            code = "local f = coroutine.wrap(function() session:setTimeout(print, 1) end)" \
                " local ok, e = pcall(f) return ok, type(e)"
            outcomes = [(asking.eval(code), asking.collect())[0] for _ in range(20)]
            print(set(outcomes), asking.eval("return 1"))
        """,
        time_limit_s=0,
        load_time_limit_s=0,
    ) == ["{(False, 'string')} 1"]


def test_host_functions_when_many_objects_come_and_go_then_the_right_one_is_called(probe: Probe) -> None:
    """Callbacks are known by number, so that a large heap mixes none of them up (lupa issue 294)."""
    assert probe(
        """
        lines = []
        host.on("log", lines.append)
        for n in range(30):
            session.eval("local t = {} for i = 1, 20000 do t[i] = {i} end print('line %d') return #t" % n)
        print(all(line.message == f"line {n}" for n, line in enumerate(lines)), len(lines))
        """
    ) == ["True 30"]


def test_set_when_newindex_raises_then_it_is_an_error(probe: Probe) -> None:
    """Writing from Python into a table that refuses it raises LuaError; done directly it would abort the process."""
    assert probe(
        """
        session.execute('''
        local strict = setmetatable({}, { __newindex = function(_, k) error("no field " .. k, 0) end,
          __index = function(_, k) error("nothing at " .. k, 0) end })
        session:createAppVariable(strict)''')
        print(failing(session.set, "app.title", "x"))
        print(failing(session.set, "app.title", {"a": 1}))
        print(failing(session.get, "app.title"))
        print(failing(session.call, "app:go"))
        """
    ) == [
        "LuaError: no field title",
        "LuaError: no field title",
        "LuaError: nothing at title",
        "LuaError: nothing at go",
    ]


def test_key_when_lua_has_no_such_key_then_it_is_refused(probe: Probe) -> None:
    """NaN, None and keys that are one in Lua never reach a table: a NaN key from Python would abort the process."""
    assert probe(
        """
        session.execute("session:createAppVariable({})")
        for key in (float("nan"), None, (1, 2)):
            print(failing(session.set, "app.x", {key: 1}))
        print(failing(session.set, "app.x", {"a": 1, b"a": 2}))
        print(failing(session.eval, "local t = {} t[0/0] = 1")[:8])
        """
    ) == [
        *["ConversionError: a key that is None, NaN or a tuple can't enter the session"] * 3,
        "ConversionError: a dict with text and bytes, or numbers, that are one key in Lua can't enter the session",
        "LuaError",
    ]


def test_shared_table_when_it_crosses_then_no_reference_is_lost(probe: Probe) -> None:
    """A list that stands twice in an argument arrives twice (lupa's own conversion loses one: issue 297)."""
    assert probe(
        """
        session.execute("app = {} function app:count(t) return #t.a, #t.b end session:createAppVariable(app)")
        shared = [1, 2, 3]
        print(session.call("app:count", {"a": shared, "b": shared}))
        print(session.eval("local s = {1} return {s, s}"))
        """
    ) == ["(3, 3)", "[[1], [1]]"]


def test_error_object_when_it_is_not_text_then_the_error_says_what_it_was(probe: Probe) -> None:
    """An error object of any type arrives as a LuaError with a text, and with the frames of the guest."""
    shown = probe(
        """
        for raised in ("{message = 'told'}", "{}", "nil", "print", "coroutine.create(print)",
                       "string.char(255, 254), 0",
                       "1.5",
                       "setmetatable({}, {__tostring = function() return 'mine' end})",
                       "setmetatable({}, {__tostring = function() error('again') end})"):
            try:
                session.execute(f"error({raised})")
            except LuaError as error:
                print(error.message, [frame.line for frame in error.stack][:1])
        """
    )
    assert [line.removesuffix(" [1]") for line in shown] == [
        "told",
        "error object is a table value",
        "error without a message (nil)",
        "error object is a function value",
        "error object is a thread value",
        "\ufffd\ufffd",
        "1.5",
        "mine",
        "error object whose __tostring failed",
    ]


def test_error_when_its_handler_fails_too_then_it_is_one_error(probe: Probe) -> None:
    """Errors in error handlers end in one error, without a crash and without a loop."""
    assert probe(
        """
        print(session.eval("return (xpcall(error, function() error('again') end))"))
        print(session.eval("return (pcall(error, setmetatable({}, {__eq = error, __len = error, __index = error})))"))
        """
    ) == ["False", "False"]


def test_interrupt_when_it_comes_within_a_callback_then_it_is_raised_behind_the_turn(probe: Probe) -> None:
    """KeyboardInterrupt in a callback is not swallowed by the guest's pcall: it comes out when the turn has ended."""
    assert probe(
        """
        import signal
        host.on("log", lambda line: signal.raise_signal(signal.SIGINT))
        try:
            session.execute("done = pcall(print, 'x')")
        except KeyboardInterrupt:
            print("interrupted", session.eval("return done"))
        """
    ) == ["interrupted True"]


def test_whole_number_when_the_vm_can_not_keep_it_then_it_is_refused(probe: Probe, vm: str) -> None:
    """A number either crosses whole or is refused: beyond 2^53 on LuaJIT, beyond 64 bits everywhere."""
    most = 2**53 if vm == "luajit21" else 2**63 - 1
    assert (
        probe(
            f"""
        session.execute("app = {{}} function app:same(x) return x end session:createAppVariable(app)")
        for value in ({most}, -{most}, [{most}, -{most}]):
            print(session.call("app:same", value) == value)
        for value in ({most} + 1, -{most} - 2, [{most} + 1], 2**64, {{"n": [2**63]}}):
            print(failing(session.call, "app:same", value).split(":")[0])
        """
        )
        == ["True"] * 3 + ["ConversionError"] * 5
    )
