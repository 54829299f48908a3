"""Limits: time. Every way in which guest code runs is ended when its time is up, and the session goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from live_site import LiveSite

from luahost import Host, LimitExceeded, LuaError, Session, Settings
from luahost.vm.interrupt import Interrupt
from luahost.vm.vm import VM

Begin = Callable[..., LiveSite]
WaitUntil = Callable[..., None]

LIMIT_S = 0.1
LATE_S = 3.0
"""By when a turn has been ended even on a busy machine; without a limit it would never be."""

ENDLESS = "while true do end"
APP = """
app = { n = 0, strange = setmetatable({}, { __index = function() while true do end end, __newindex = function()
  while true do end end }) }
function app:add() self.n = self.n + 1 return self.n end
function app:loop() while true do self.n = self.n + 1 end end
function app:catch() while true do pcall(self.loop, self) end end
function app:told() local ok, e = pcall(self.loop, self) return ok, e end
session:createAppVariable(app)
"""
SITE = {"lua/main.lua": APP, "lua/endless.lua": ENDLESS, "lua/outer.lua": "outer = 1 require('endless')"}

WAYS: Mapping[str, Callable[[Session], object]] = {
    "eval": lambda session: session.eval(ENDLESS),
    "execute": lambda session: session.execute(ENDLESS),
    "call": lambda session: session.call("app:loop"),
    "call that catches": lambda session: session.call("app:catch"),
    "call that tells": lambda session: session.call("app:told"),
    "call with nested data": lambda session: session.call("app:loop", {"a": [1, 2]}),
    "get through a metamethod": lambda session: session.get("app.strange.field"),
    "set through a metamethod": lambda session: session.set("app.strange.field", 1),
    "set of nested data through a metamethod": lambda session: session.set("app.strange.field", {"a": [1]}),
    "require": lambda session: session.require("endless"),
    "nested require": lambda session: session.require("outer"),
    "require within pcall": lambda session: session.eval("while true do pcall(require, 'outer') end"),
    "error object": lambda session: session.eval(
        f"error(setmetatable({{}}, {{ __tostring = function() {ENDLESS} end }}))"
    ),
    "conversion of a result": lambda session: session.eval("local t = {} for i = 1, 100 do t = { t, t } end return t"),
    "text of json": lambda session: session.eval(
        "local t = {} for i = 1, 100 do t = { t, t } end return ui.json_encode(t)"
    ),
    "coroutine": lambda session: session.eval(f"coroutine.wrap(function() {ENDLESS} end)()"),
    "handler of errors": lambda session: session.eval(
        f"while true do xpcall(function() {ENDLESS} end, function() {ENDLESS} end) end"
    ),
}


@pytest.fixture
def begin(start_site: Begin, vm: str) -> Begin:
    """Returns a function that starts a host whose turns have little time, with a session on a site, on each VM."""

    def start(files: Mapping[str, str] = SITE, **settings: object) -> LiveSite:
        return start_site(files, vm=vm, **{"time_limit_s": LIMIT_S, **settings})

    return start


def ended(call: Callable[..., object], *args: object) -> str:
    """Returns the text of the LimitExceeded that a call raises, which it does soon."""
    began = time.monotonic()
    with pytest.raises(LimitExceeded) as raised:
        call(*args)
    assert time.monotonic() - began < LATE_S
    return raised.value.message


def is_well(session: Session) -> bool:
    """Returns whether all of a session works: values, methods, coroutines, chunks, errors."""
    before = session.get("app.n")
    assert session.call("app:add") == before + 1
    assert (
        session.eval("local co = coroutine.wrap(function(a) return a * coroutine.yield(a) end) co(6) return co(7)")
        == 42
    )
    assert session.eval("return select('#', pcall(error, 'x')), session.reloading") == (2, False)
    with pytest.raises(LuaError, match="mine"):
        session.eval("error('mine')")
    return True


@pytest.mark.parametrize("way", WAYS)
def test_turn_when_its_time_is_up_then_it_is_ended_and_the_session_goes_on(begin: Begin, way: str) -> None:
    """Whatever way the host came in, an endless turn raises LimitExceeded, twice in a row too."""
    session = begin().session
    assert ended(WAYS[way], session) == "the turn took longer than 0.1 s and was ended"
    assert is_well(session)
    ended(WAYS[way], session)
    assert is_well(session)
    assert session.eval("return outer, package.loaded.outer, package.loaded.endless") == (None, None, None)


def test_main_when_its_time_is_up_then_there_is_no_session(begin: Begin) -> None:
    """A main module that doesn't end leaves no session, and the host creates others."""
    live = begin({"lua/main.lua": "if load_forever then while true do end end"}, load_time_limit_s=LIMIT_S)
    live.write({"lua/main.lua": "session:setInterval(print, 1) while true do end"})
    live.host.reload()
    assert "was ended" in ended(live.host.create_session)
    assert live.host.sessions == [live.session]
    live.write({"lua/main.lua": APP})
    live.host.reload()
    assert is_well(live.host.create_session())


def test_main_when_it_takes_longer_than_a_turn_then_its_own_limit_counts(begin: Begin) -> None:
    """Loading a session has a limit of its own; once it is loaded, that of turns counts."""
    slow = APP + "local began = os.clock() while os.clock() < began + 0.3 do end"
    session = begin({"lua/main.lua": slow}, load_time_limit_s=30.0).session
    ended(session.call, "app:loop")
    assert is_well(session)


def test_limit_when_it_is_none_then_a_turn_may_take_its_time(begin: Begin) -> None:
    """`time_limit_s = 0` is no limit, while `kill` works all the same."""
    session = begin(time_limit_s=0, load_time_limit_s=1).session
    assert session.eval("local began = os.clock() while os.clock() < began + 0.3 do end return 1") == 1


def test_timer_when_its_time_is_up_then_it_is_reported_and_the_interval_goes_on(
    begin: Begin, wait_until: WaitUntil
) -> None:
    """A timer that doesn't end is an event; the interval fires again, other timers do, too."""
    live, errors = begin(), []
    live.host.on("lua_error", errors.append)
    live.session.execute(
        "fired = 0 session:setInterval(function() fired = fired + 1 if fired == 1 then while true do end end end, 5)"
        " session:setTimeout(function() other = true end, 5)"
    )
    wait_until(lambda: live.eval("return fired >= 3 and other"), "the interval")
    assert [type(told.error) for told in errors] == [LimitExceeded]
    assert is_well(live.session)


def test_error_when_its_text_takes_for_ever_then_a_timer_reports_it(begin: Begin, wait_until: WaitUntil) -> None:
    """An error object whose `__tostring` doesn't end is ended where nobody asked for it, too."""
    live, errors = begin(), []
    live.host.on("lua_error", errors.append)
    live.session.execute(
        "local strange = setmetatable({}, { __tostring = function() while true do end end })"
        " session:setTimeout(function() error(strange) end, 1)"
    )
    wait_until(lambda: errors, "the report")
    assert isinstance(errors[0].error, LimitExceeded)
    assert is_well(live.session)


def test_hook_when_it_does_not_end_at_closing_then_the_session_closes_all_the_same(begin: Begin) -> None:
    """An `onClose` hook has the time of a turn; those behind it are not called, and the session is closed."""
    live, errors, lines = begin(), [], []
    live.host.on("lua_error", errors.append)
    live.host.on("log", lines.append)
    live.session.execute(f"session:onClose(function() print('first') {ENDLESS} end)")
    live.session.close()
    assert (live.session.is_closed, [line.message for line in lines]) == (True, ["first"])
    assert [type(told.error) for told in errors] == [LimitExceeded]
    assert is_well(live.host.create_session())


def test_nested_call_when_it_does_not_end_then_the_whole_turn_is_ended(begin: Begin) -> None:
    """What a callback of the host runs in the session belongs to the turn: both are ended with it, the callback not."""
    live, inner = begin(), []
    live.host.on("log", lambda line: inner.append(ended(live.session.eval, ENDLESS)))
    ended(live.session.eval, f"coroutine.wrap(function() pcall(print, 'in') end)() after = true {ENDLESS}")
    assert len(inner) == 1
    assert live.eval("return after") is None
    assert is_well(live.session)


def test_callback_when_it_takes_too_long_then_the_guest_is_ended_behind_it(begin: Begin) -> None:
    """Host code can't be ended; the guest is, as soon as it goes on."""
    live = begin()

    def wait(_line: object) -> None:
        live.session.eval("return 1")
        assert threading.Event().wait(3 * LIMIT_S) is False

    live.host.on("log", wait)
    ended(live.session.eval, "print('x') after = true")
    assert live.eval("return after") is None
    assert is_well(live.session)


def test_run_when_a_call_in_it_was_ended_then_its_further_calls_are_refused(begin: Begin) -> None:
    """All that `run` does is one turn: once its time is up, nothing more of it runs."""
    session = begin().session

    def work(inside: Session) -> list[str]:
        return [ended(inside.call, "app:loop"), ended(inside.call, "app:add"), ended(inside.eval, "kept = 1")]

    assert len(set(session.run(work))) == 1
    assert session.eval("return kept") is None
    assert is_well(session)


def test_kill_when_a_turn_runs_then_it_is_ended(begin: Begin) -> None:
    """`kill` from another thread ends what runs, tells whether there was anything, and never hits the next turn."""
    live, outcomes = begin(time_limit_s=30), []
    running = threading.Event()
    live.host.on("log", lambda line: running.set())
    thread = threading.Thread(target=lambda: outcomes.append(ended(live.session.eval, f"print('x') {ENDLESS}")))
    thread.start()
    assert running.wait(10)
    assert live.session.kill()
    thread.join(10)
    assert outcomes == ["the turn was ended by kill()"]
    assert live.session.kill() is False
    assert is_well(live.session)


def test_kill_when_it_comes_at_any_moment_then_each_turn_ends_one_way_or_the_other(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kills that race with short turns end some, and leave the others and the count of what was done right."""
    # Five that are ended in a row would close the session, and here they may be.
    monkeypatch.setattr("luahost.strikes.MOST_STRIKES", 1_000_000)
    live, is_over = begin(time_limit_s=30), threading.Event()
    killer = threading.Thread(target=lambda: all(live.session.kill() or True for _ in iter(is_over.is_set, True)))
    killer.start()
    done = 0
    try:
        for _ in range(300):
            with suppress(LimitExceeded):
                live.session.call("app:add")
                done += 1
    finally:
        is_over.set()
    killer.join(10)
    assert done <= live.session.get("app.n") <= 300
    assert is_well(live.session)


class Forgetful:
    """An interrupt whose first arming comes to nothing, as one may that another thread's write has overtaken."""

    def __init__(self, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self.armed = 0

    def arm(self, state: int) -> None:
        """Arms from the second time on."""
        self.armed += 1
        if self.armed > 1:
            self._interrupt.arm(state)

    def disarm(self, state: int) -> None:
        """Disarms."""
        self._interrupt.disarm(state)


def test_turn_when_ending_it_came_to_nothing_then_it_is_ended_at_the_next_look(begin: Begin) -> None:
    """The watchdog asks again for as long as a turn runs whose time is up."""
    session = begin(SITE, time_limit_s=LIMIT_S).session
    interrupt = Forgetful(session._vm._interrupt)
    session._vm._interrupt = interrupt
    with pytest.raises(LimitExceeded, match="took longer than"):
        session.eval("while true do pcall(error) end")
    assert interrupt.armed >= 2
    assert session.call("app:add") == 1


def test_coroutine_when_a_turn_was_ended_then_those_made_before_go_on(begin: Begin) -> None:
    """Coroutines that were suspended keep their state; the one that was ended is dead."""
    session = begin().session
    session.execute(
        "counter = coroutine.wrap(function() local n = 0 while true do n = n + 1 coroutine.yield(n) end end)"
        " counter() looping = coroutine.create(function() while true do end end)"
    )
    ended(session.eval, "coroutine.resume(looping)")
    assert session.eval("return counter(), coroutine.status(looping)") == (2, "dead")
    assert is_well(session)


def test_turn_when_one_was_ended_before_then_the_hook_is_off(begin: Begin) -> None:
    """Long turns within the limit go through after one that was ended, in coroutines as well."""
    session = begin(time_limit_s=1.0).session
    session.execute("function work() local n = 0 for i = 1, 200000 do n = n + i % 3 end return n end")
    ended(session.eval, f"pcall(coroutine.wrap(function() {ENDLESS} end)) {ENDLESS}")
    assert session.eval("return work() == coroutine.wrap(work)()") is True


def test_other_sessions_when_one_does_not_end_then_they_are_not_delayed(begin: Begin) -> None:
    """An endless loop in one session takes its share of the processor, not the turns of others."""
    live = begin(time_limit_s=1.0)
    other = live.host.create_session()
    looping = threading.Thread(target=ended, args=(live.session.eval, ENDLESS))
    looping.start()
    slowest_s = 0.0
    while looping.is_alive():
        began = time.perf_counter()
        other.call("app:add")
        slowest_s = max(slowest_s, time.perf_counter() - began)
    assert slowest_s < 0.5
    assert other.get("app.n") > 10


def test_reload_when_another_session_does_not_end_then_it_is_not_delayed(begin: Begin, wait_until: WaitUntil) -> None:
    """A save is applied at once where it can be; the session in a long turn takes it when that has been ended."""
    live = begin(time_limit_s=2.0)
    other = live.host.create_session()
    looping = threading.Thread(target=ended, args=(live.session.eval, ENDLESS))
    looping.start()
    wait_until(lambda: live.session.turns.depth, "the loop")
    live.write({"lua/main.lua": APP.replace("n = 0", "n = 0, is_new = true")})
    reloading = threading.Thread(target=live.host.reload)
    reloading.start()
    wait_until(lambda: other.generation == 1, "the reload of the other session")
    assert looping.is_alive()
    for thread in (looping, reloading):
        thread.join(10)
    wait_until(lambda: live.session.generation == 1, "the reload behind the loop")


def test_closing_a_host_when_a_session_does_not_end_then_it_ends(vm: str, begin: Begin) -> None:
    """Leaving a host waits for a turn that is being ended, not for ever."""
    live = begin()
    with Host(live.root, watch=False, settings=Settings(vm=vm, time_limit_s=LIMIT_S)) as host:
        session = host.create_session()
        looping = threading.Thread(target=ended, args=(session.eval, ENDLESS))
        looping.start()
    looping.join(10)
    assert not looping.is_alive()


# In a process of its own, where no callback of the garbage collector swallows the signal.
SIGNALLED = """
import os, signal, threading
session.execute("app = {{ load = function() require('endless') end }} session:createAppVariable(app)")
(host.site.root / "endless.lua").write_text("left = 1 session:prototype('Left', {{}}) while true do end")
signalled = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
signalled.start()
try:
    {way}
except KeyboardInterrupt:
    print("interrupted")
signalled.join()
print(session.eval("return left, session:loaded(), session:prototypes()"))
"""


@pytest.mark.parametrize("way", ["session.execute(\"require('endless')\")", "session.call('app:load')"])
def test_turn_when_a_signal_came_before_a_limit_ended_it_then_what_it_loaded_is_taken_back(
    probe: Callable[..., list[str]], way: str
) -> None:
    """Ctrl-C in an endless loop of the main thread is raised when a limit has ended that, with all in order."""
    assert probe(SIGNALLED.format(way=way), time_limit_s=0.4) == ["interrupted", "(None, [], [])"]


def test_turn_when_a_signal_breaks_its_recovery_off_then_the_session_is_not_left_ended(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Ctrl-C that comes while the kernel restores its order doesn't make every later turn one that was ended."""
    live = begin(memory_limit_mb=8)

    def interrupted(vm: VM) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(VM, "_restore", interrupted)
        with pytest.raises(KeyboardInterrupt):
            live.session.execute("all = {} for i = 1, 1e9 do all[i] = ('x'):rep(100000) .. i end")
    with suppress(LimitExceeded):  # the one that restores what was not
        live.session.eval("return 1")
    assert live.session.eval("return 1") == 1
