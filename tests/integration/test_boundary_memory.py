"""The boundary: memory. A VM at its limit neither aborts nor stops the process; what a closed one had is gone."""

from __future__ import annotations

from collections.abc import Callable

Probe = Callable[..., list[str]]

HOARD = """
session.execute('''
app = { n = 0, kept = {} }
function app:hoard() while true do self.n = self.n + 1 self.kept[self.n] = 'hoarded' .. self.n end end
function app:secretly() return (pcall(self.hoard, self)) end
function app:same(x) return x end
function app:drop() self.kept = {} end
session:createAppVariable(app)''')
"""


def test_turn_when_it_asks_for_too_much_then_it_ends_and_the_session_goes_on(probe: Probe) -> None:
    """Running out of memory is LimitExceeded for the turn; what it had only for itself is free again."""
    assert (
        probe(
            """
        for code in ("local t = {} for i = 1, 1e9 do t[i] = {i} end", "local s = 'x' while true do s = s .. s end",
                     "return #('x'):rep(1.2e7)", "local t = {} while true do t = {t} end"):
            print(failing(session.eval, code)[:32], session.eval("return 1 + 1"))
        """,
            memory_limit_mb=8,
        )
        == ["LimitExceeded: not enough memory 2"] * 4
    )


def test_push_when_the_vm_is_at_its_limit_then_it_is_an_error_or_works(probe: Probe) -> None:
    """After a turn that kept all it could get, arguments can still be pushed, and the next turn may let go of it."""
    assert probe(
        """
        print(failing(session.call, "app:hoard")[:13])
        print(session.call("app:same", "one"), session.call("app:same", 2), session.call("app:same", [3]))
        print(session.get("app.n") > 1000)
        session.call("app:drop")
        print(session.call("app:same", "x" * 2_000_000) == "x" * 2_000_000)
        """,
        first=HOARD,
        memory_limit_mb=8,
    ) == ["LimitExceeded", "one 2 [3]", "True", "True"]


def test_pcall_when_it_catches_the_lack_of_memory_then_the_session_grows_no_further(probe: Probe) -> None:
    """A guest that catches the error and keeps the memory, turn after turn, stays near its limit or is refused."""
    assert probe(
        """
        for n in range(20):
            outcome = failing(session.call, "app:secretly")[:13]
        print(outcome in ("LimitExceeded", "no error: Fal"), session._vm.memory.used() < 24 * 2**20)
        session.close()
        print(host.create_session().eval("return 1"))
        """,
        first=HOARD,
        memory_limit_mb=8,
    ) == ["True True", "1"]


def test_string_when_it_is_longer_than_the_room_then_it_is_refused(probe: Probe) -> None:
    """An argument, a chunk or a value that the VM has no room for is refused before it is pushed."""
    assert probe(
        """
        big = "x" * 30_000_000
        for call in (session.call, session.set):
            print(failing(call, "app:same" if call == session.call else "app.x", big)[:13])
            print(failing(call, "app:same" if call == session.call else "app.x", [big])[:13])
        print(failing(session.eval, "--" + big)[:13], failing(session.call, "app" + ".x" * 10_000_000 + ":same")[:15])
        print(session.call("app:same", 1))
        """,
        first=HOARD,
        memory_limit_mb=8,
    ) == ["LimitExceeded"] * 4 + ["LimitExceeded ConversionError", "1"]


def test_result_when_it_is_at_the_limit_then_it_is_an_error_or_whole(probe: Probe) -> None:
    """A long string crosses whole or is LimitExceeded; nothing in between, and no abort."""
    assert probe(
        """
        for size in range(1, 12):
            try:
                assert len(session.eval(f"return ('x'):rep({size} * 1024 * 1024)")) == size * 2**20
                assert len(session.eval(f"return {{('x'):rep({size} * 256 * 1024)}}")[0]) == size * 2**18
            except LimitExceeded:
                pass
        print(size, session.eval("return 1"))
        """,
        memory_limit_mb=8,
    ) == ["11 1"]


def test_callback_when_it_answers_at_the_limit_then_nothing_stands_still(probe: Probe) -> None:
    """A guest at the limit that asks the host for text gets an error: the answer's push would deadlock."""
    assert probe(
        """
        for ask in ("require, 'no.such'", "session.setTimeout, session, print, 1e6", "print, 'x'",
                    "session.instances, session, 'No'", "load, 'return 1'"):
            failing(session.eval, f"local t, n = {{}}, 0 pcall(function() while true do n = n + 1 t[n] = {{n}} end end)"
                                  f" for i = 1, 100 do pcall({ask}) end return 1")
        print(session.eval("return 1"))
        """,
        first=HOARD,
        memory_limit_mb=8,
    )[-1:] == ["1"]


def test_callback_when_it_calls_in_at_the_limit_then_it_is_refused(probe: Probe) -> None:
    """Host code that calls a session from within its turn, when memory is short, gets LimitExceeded."""
    assert probe(
        """
        seen = []
        host.on("log", lambda line: seen.append(failing(session.call, "app:same", "nested" * 100)[:13]))
        failing(session.eval, "pcall(app.hoard, app) pcall(print, 1) app.kept[1] = nil pcall(print, 1)")
        print(set(seen) <= {"LimitExceeded", "no error: 'ne"})
        """,
        first=HOARD,
        memory_limit_mb=8,
    ) == ["True"]


def test_chunk_when_memory_runs_out_in_it_then_nothing_of_it_is_left(probe: Probe) -> None:
    """A chunk that a limit ended is taken back like one that raised: no global, no prototype stays."""
    assert probe(
        """
        code = "half = 1 session:prototype('Half', {}) local t = {} for i = 1, 1e9 do t[i] = {i} end"
        print(failing(session.execute, code)[:13])
        print(session.eval("return half, Half, #session:prototypes()"))
        session.execute("whole = 1")
        print(session.eval("return whole"))
        """,
        memory_limit_mb=8,
    ) == ["LimitExceeded", "(None, None, 0)", "1"]


def test_strings_when_their_table_would_have_to_grow_then_pushes_are_safe(probe: Probe) -> None:
    """LuaJIT doubles its table of strings within a push: the headroom grows with the limit there."""
    assert probe(
        """
        failing(session.call, "app:hoard")
        outcomes = {failing(session.call, "app:same", f"new string {n}")[:13] for n in range(10)}
        print(outcomes <= {"no error: 'ne", "LimitExceeded"})
        """,
        first=HOARD,
        memory_limit_mb=16,
    ) == ["True"]


def test_timer_when_memory_ran_out_before_then_it_still_fires(probe: Probe) -> None:
    """The kernel's order is restored after a limit: timers that are set later fire."""
    assert probe(
        """
        import threading
        failing(session.eval, "local t = {} for i = 1, 1e9 do t[i] = {i} end")
        fired = threading.Event()
        host.on("log", lambda line: fired.set())
        session.eval("session:setTimeout(function() print('fired') end, 1)")
        print(fired.wait(10))
        """,
        memory_limit_mb=8,
    ) == ["True"]


def test_closed_session_when_its_host_goes_on_then_no_vm_is_left(probe: Probe) -> None:
    """No cycle between Python and Lua keeps a closed session's VM (lupa issue 152)."""
    assert probe(
        """
        import gc
        def living():
            gc.collect()
            return sum(type(thing).__name__ == "VM" for thing in gc.get_objects())
        before = living()
        for n in range(20):
            other = host.create_session()
            other.eval("keep = {} for i = 1, 1000 do keep[i] = {keep} end print(1) session:setTimeout(print, 1e6)")
            other.close()
        print(living() - before)
        """
    )[-1:] == ["0"]


def test_limit_when_it_is_none_then_memory_is_not_bounded(probe: Probe) -> None:
    """`memory_limit_mb = 0` is no limit."""
    assert probe(
        """
        print(session.eval("local t = {} for i = 1, 100 do t[i] = ('x'):rep(1e6) .. i end return #t"))
        """,
        memory_limit_mb=0,
    ) == ["100"]
