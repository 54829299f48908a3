"""Many sessions, busy ones and their turns, while files are saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from live_site import LiveSite

from luahost import ReloadReport, Session

Start = Callable[..., LiveSite]
WaitUntil = Callable[..., None]

TEXT = "function f() return %s end\n"


def begin(start: Start, text: str = TEXT % 1, **settings: object) -> LiveSite:
    return start({"lua/main.lua": "require('m')\n", "lua/m.lua": text}, **settings)


@contextmanager
def long_turn(session: Session) -> Iterator[threading.Event]:
    """Keeps a session in a turn on another thread, until the event is set or the block ends."""
    begun, end = threading.Event(), threading.Event()

    def work(_: Session) -> None:
        begun.set()
        end.wait(20)

    thread = threading.Thread(target=session.run, args=(work,))
    thread.start()
    begun.wait(20)
    try:
        yield end
    finally:
        end.set()
        thread.join()


def test_sessions_when_a_file_is_saved_then_all_of_them_reload(start: Start) -> None:
    """HD14: every session that loaded the file has the new code, and its own generation."""
    live = begin(start)
    others = [live.host.create_session() for _ in range(4)]
    report = live.save_well({"lua/m.lua": TEXT % 2})
    assert [session.id for session in report.sessions] == ["1", "2", "3", "4", "5"]
    assert [session.eval("return f(), session.generation") for session in others] == [(2, 1)] * 4


def test_sessions_when_one_fails_then_the_others_go_on(start: Start) -> None:
    """HD16: an error in one session takes back that one alone; the report tells which."""
    live = begin(start)
    others = [live.host.create_session() for _ in range(2)]
    others[0].execute("is_odd = true")
    report = live.save({"lua/m.lua": TEXT % 2 + "if is_odd then error('odd') end"})
    assert [session.ok for session in report.sessions] == [True, False, True]
    assert str(report.sessions[1].error) == "lua/m.lua:2: odd"
    assert [s.eval("return f()") for s in live.host.sessions] == [2, 1, 2]
    assert [s.generation for s in live.host.sessions] == [1, 0, 1]


def test_session_when_it_failed_then_the_next_good_save_brings_it_along(start: Start) -> None:
    """Sessions are independent: one that could not take a save takes it with the next that works."""
    live = begin(start)
    live.host.create_session().execute("is_odd = true")
    live.save({"lua/m.lua": TEXT % 2 + "if is_odd then error('odd') end"})
    live.save_well({"lua/m.lua": TEXT % 3})
    assert [s.eval("return f(), session.generation") for s in live.host.sessions] == [(3, 2), (3, 1)]


def test_session_when_it_has_not_loaded_the_file_then_it_is_not_concerned(start: Start) -> None:
    """From a save to new code: only modules that a session has loaded are reloaded in it."""
    live = begin(start)
    live.write({"lua/extra.lua": "extra = 1"})
    other = live.host.create_session()
    other.require("extra")
    report = live.save_well({"lua/extra.lua": "extra = 2"})
    assert [session.id for session in report.sessions] == [other.id]
    assert live.eval("return extra, session.generation") == (None, 0)


def test_session_when_new_then_it_loads_the_current_files(start: Start) -> None:
    """From a save to new code: new sessions load the current files, saved before or not."""
    live = begin(start)
    live.save_well({"lua/m.lua": TEXT % 2})
    fresh = live.host.create_session()
    assert fresh.eval("return f(), session.generation") == (2, 0)
    live.write({"lua/m.lua": TEXT % 3})
    assert live.host.create_session().eval("return f()") == 3


def test_sessions_when_one_saw_a_version_first_then_the_others_still_get_it(start: Start) -> None:
    """Content decides, session by session: a new session's look at a file takes it from nobody."""
    live = begin(start)
    live.write({"lua/m.lua": TEXT % 2})
    fresh = live.host.create_session()
    if live.is_watched:
        live.next_report()
    else:
        live.host.reload()
    assert [s.eval("return f()") for s in (live.session, fresh)] == [2, 2]


def test_session_when_there_is_none_then_a_save_is_no_error(start: Start) -> None:
    """HD15: with no session, nothing is reloaded, and the next session has the file."""
    live = begin(start)
    live.session.close()
    live.write({"lua/m.lua": TEXT % 2})
    assert live.host.reload() is None
    assert live.host.create_session().eval("return f()") == 2


def test_busy_session_when_a_file_is_saved_then_it_takes_it_at_the_end_of_its_turn(
    start: Start, wait_until: WaitUntil
) -> None:
    """Sessions: a busy one takes the reload when its turn ends, and delays no other."""
    live = begin(start, wait_s=0.05)
    other = live.host.create_session()
    with long_turn(live.session) as end:
        live.write({"lua/m.lua": TEXT % 2})
        if not live.is_watched:
            report = live.host.reload()
            assert report is not None
            assert report.busy == ("1",)
        wait_until(lambda: other.eval("return f()") == 2, "the reload of the other session")
        assert (live.session.generation, other.generation) == (0, 1)
        end.set()
        assert [session.id for session in live.next_report().sessions] == ["1", "2"]
    assert live.eval("return f(), session.generation") == (2, 1)


def test_busy_session_when_saved_twice_then_it_ends_with_the_last(start: Start, wait_until: WaitUntil) -> None:
    """Sessions: saves that came while a session was busy are brought in order."""
    live = begin(start, wait_s=0.05)
    other = live.host.create_session()
    with long_turn(live.session):
        for number in (2, 3):
            live.write({"lua/m.lua": TEXT % number})
            if not live.is_watched:
                live.host.reload()
            wait_until(lambda n=number: other.eval("return f()") == n, f"save {number} in the other session")
    wait_until(lambda: live.eval("return f()") == 3, "the last save in the busy session")


def test_reload_when_asked_for_within_a_turn_then_it_runs_at_its_end(vm: str, start_site: Start) -> None:
    """Sessions: a reload asked for in a turn of the session answers None and is done when the turn ends."""
    live = begin(start_site, vm=vm)
    live.write({"lua/m.lua": TEXT % 2})

    def turn(session: Session) -> tuple[ReloadReport | None, object]:
        return live.host.reload(), session.eval("return f()")

    assert live.session.run(turn) == (None, 1)
    assert live.eval("return f(), session.generation") == (2, 1)


def test_generation_when_reloads_fail_or_apply_then_it_counts_the_applied(start: Start) -> None:
    """`session.generation` is how many reloads have been applied, in Lua, in Python and in the report."""
    live = begin(start)
    live.save_well({"lua/m.lua": TEXT % 2})
    live.save({"lua/m.lua": "error('no')"})
    report = live.save_well({"lua/m.lua": TEXT % 3})
    assert report.sessions[0].generation == 2
    assert (live.session.generation, live.eval("return session.generation")) == (2, 2)


def test_reloading_when_code_reloads_and_instances_mutate_then_it_is_true_only_then(start: Start) -> None:
    """`session.reloading` is true while reloaded code runs and mutations are processed, and only then."""
    proto = "seen = seen or {}\nseen[#seen + 1] = session.reloading\nP = session:prototype('P', { %s })\n"
    proto += "function P:mutate() seen[#seen + 1] = session.reloading end\n"
    proto += "session:onReload(function() seen[#seen + 1] = session.reloading end)\n"
    live = begin(start, proto % "")
    live.session.execute("p = P:new()")
    live.save_well({"lua/m.lua": proto % "a = 1"})
    assert live.eval("seen[#seen + 1] = session.reloading return seen") == [False, True, True, False, False]


def test_reload_hook_when_a_reload_was_applied_then_it_gets_the_report(start: Start) -> None:
    """`session:onReload` is called after a reload has been applied, with its report."""
    live = begin(start, "P = session:prototype('P', { a = 1 })\n")
    live.session.execute("p = P:new(); session:onReload(function(report) got = report end)")
    live.save_well({"lua/m.lua": "P = session:prototype('P', { b = 1 })\n"})
    got = live.eval("return got")
    assert (got["generation"], got["modules"], got["instances"]) == (1, ["lua/m.lua"], 1)
    assert (got["prototypes"][0]["name"], got["prototypes"][0]["added"]) == ("P", ["b"])


def test_reload_hook_when_it_changes_its_report_then_the_host_has_the_right_one(start: Start) -> None:
    """What a hook does to the report that it was given keeps neither the host nor other sessions waiting."""
    live = start({"lua/main.lua": "require('a')", "lua/a.lua": "a = 1"})
    live.session.execute("session:onReload(function(report) for k in pairs(report) do report[k] = nil end end)")
    report = live.save_well({"lua/a.lua": "a = 2"})
    assert report.modules == ("lua/a.lua",)


def test_reload_hook_when_the_reload_failed_then_it_is_not_called(start: Start) -> None:
    """A reload that was taken back was not applied: no hook hears of it."""
    live = begin(start)
    live.session.execute("calls = 0; session:onReload(function() calls = calls + 1 end)")
    live.save({"lua/m.lua": "error('no')"})
    assert live.eval("return calls") == 0


def test_reload_hook_when_it_raises_then_the_reload_stands(start: Start, wait_until: WaitUntil) -> None:
    """An error in a hook is reported, and takes nothing back."""
    live = begin(start)
    told: list[object] = []
    live.host.on("lua_error", told.append)
    live.session.execute("session:onReload(function() error('in the hook') end)")
    live.save_well({"lua/m.lua": TEXT % 2})
    wait_until(lambda: told, "the report of the hook's error")
    assert live.eval("return f()") == 2


def test_report_when_reloaded_then_it_counts_and_times(start: Start) -> None:
    """The report says which files, sessions, prototypes and instances, and how long it took."""
    live = begin(start, "P = session:prototype('P', { a = 1 })\n")
    live.session.execute("ps = {}; for i = 1, 10 do ps[i] = P:new() end")
    report = live.save_well({"lua/m.lua": "P = session:prototype('P', { a = 2, b = 1 })\n"})
    [session] = report.sessions
    assert (report.modules, session.modules, session.instances) == (("lua/m.lua",), ("lua/m.lua",), 10)
    assert (session.prototypes[0].added, session.prototypes[0].changed) == (("b",), ("a",))
    assert 0 < report.duration_ms < 20_000


def test_hosts_when_two_serve_one_site_then_they_reload_apart(start_site: Start) -> None:
    """Two hosts in one process don't know of each other."""
    live = begin(start_site)
    second = begin(start_site)
    live.write({"lua/m.lua": TEXT % 2})
    live.host.reload()
    assert (live.eval("return f()"), second.eval("return f()")) == (2, 1)
    second.host.reload()
    assert second.eval("return f()") == 2


@pytest.mark.parametrize("size", [10, 100_000])
def test_save_when_its_code_is_long_or_short_then_all_sessions_run_it(start: Start, size: int) -> None:
    """From a save to new code: short code goes along with the request, long code is asked for."""
    live = start({"lua/main.lua": "require('a')", "lua/a.lua": "a = 1"})
    other = live.host.create_session()
    live.save_well({"lua/a.lua": f"a = '{'x' * size}'"})
    assert [session.eval("return #a") for session in (live.session, other)] == [size, size]
