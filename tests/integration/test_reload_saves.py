"""Saves as they come in: several at once, one after the other, of files that are no modules, while the host stops."""

from __future__ import annotations

import time
from collections.abc import Callable

from live_site import LiveSite

from luahost import ReloadReport

Start = Callable[..., LiveSite]
WaitUntil = Callable[..., None]

M = "runs = (runs or 0) + 1\nreturn { f = function() return %s end }\n"


def begin(start: Start, **settings: object) -> LiveSite:
    return start({"lua/main.lua": "require('m')\nrequire('n')\n", "lua/m.lua": M % 1, "lua/n.lua": M % 1}, **settings)


def test_saves_when_five_come_within_50_ms_then_they_are_one_reload_or_two(
    start_site: Start, wait_until: WaitUntil
) -> None:
    """H7, HD12: an editor that saves again and again doesn't make the session run as often."""
    live = begin(start_site, is_watched=True)
    for number in range(5):
        live.write({"lua/m.lua": M % (10 + number)})
    wait_until(lambda: live.eval("return require('m').f()") == 14, "the last save")
    assert 1 <= live.session.generation <= 2


def test_saves_when_two_files_are_saved_apart_then_each_is_reloaded(start_site: Start, wait_until: WaitUntil) -> None:
    """H8, HD13: of two files saved one after the other, both arrive."""
    live = begin(start_site, is_watched=True)
    live.save_well({"lua/m.lua": M % 2})
    live.save_well({"lua/n.lua": M % 2})
    assert live.eval("return require('m').f(), require('n').f()") == (2, 2)
    assert live.session.generation == 2


def test_file_when_it_is_no_module_then_its_saves_are_ignored(start_site: Start) -> None:
    """H4, HD5: text, data and editors' files beside the modules reload nothing."""
    live = begin(start_site, is_watched=True)
    live.write({"lua/notes.txt": "x", "lua/data.json": "{}", "lua/.m.lua.swp": "x", "lua/m.lua~": "x"})
    report = live.save_well({"lua/n.lua": M % 2})
    assert report.modules == ("lua/n.lua",)
    assert live.session.generation == 1


def test_file_when_it_is_written_and_deleted_at_once_then_the_session_goes_on(start_site: Start) -> None:
    """H12, HD21: a file that is gone when its save is looked at is reported as gone, and others reload on."""
    live = begin(start_site, is_watched=True)
    live.write({"lua/m.lua": M % 2})
    live.write({"lua/m.lua": None})
    report = live.save({"lua/n.lua": M % 2})
    while "lua/n.lua" not in report.modules:
        report = live.next_report()
    assert live.eval("return require('n').f()") == 2
    assert live.eval("return require('m').f()") in (1, 2)


def test_host_when_it_is_left_right_after_a_save_then_it_stops_at_once(start_site: Start) -> None:
    """H10, H11, HD19, HD20: a save that still waits when the host is left is dropped."""
    live = begin(start_site, is_watched=True)
    live.write({"lua/m.lua": M % 2})
    began_s = time.monotonic()
    live.host.close()
    assert time.monotonic() - began_s < 5


def test_host_when_told_not_to_watch_then_saves_wait_for_reload(start_site: Start) -> None:
    """HD17, HD18: without the watcher nothing happens by itself; `host.reload()` brings what was saved."""
    live = begin(start_site, watch=False, is_watched=True)
    live.write({"lua/m.lua": M % 2})
    report = live.host.reload()
    assert isinstance(report, ReloadReport)
    assert report.modules == ("lua/m.lua",)
    assert live.host.reload() is None


def test_prototypes_when_several_change_in_one_save_then_they_are_mutated_in_order(start: Start) -> None:
    """HD25, HD26: the queue is processed after the reload, in the order of declaration."""
    text = "for _, name in ipairs{ 'Address', 'Person', 'Note' } do\n  local p = session:prototype(name, { %s })\n"
    text += "  function p:mutate() log[#log + 1] = name end\nend\n"
    live = start({"lua/main.lua": "log = log or {}\n" + text % ""})
    live.session.execute(
        "all = {}; for _, n in ipairs(session:prototypes()) do all[n] = session:prototype(n):new() end"
    )
    live.save_well({"lua/main.lua": "log = log or {}\n" + text % "a = 1"})
    assert live.eval("return log") == ["Address", "Person", "Note"]


def test_mutate_when_it_fails_then_the_reload_counts_as_applied(start: Start) -> None:
    """HD27: a failing `mutate` is in the report, and fails neither the reload nor other prototypes."""
    text = "A = session:prototype('A', { %s })\nB = session:prototype('B', { %s })\n"
    text += "function A:mutate() error('no') end\nfunction B:mutate() done = true end\n"
    live = start({"lua/main.lua": text % ("", "")})
    live.session.execute("a, b = A:new(), B:new()")
    report = live.save_well({"lua/main.lua": text % ("x = 1", "x = 1")})
    assert [failure.type for failure in report.sessions[0].failures] == ["A"]
    assert live.eval("return done, session.generation") == (True, 1)


def test_saves_when_two_files_change_prototypes_in_turn_then_each_is_mutated_after_its_own(start: Start) -> None:
    """HD28, HD29: the queue is handled after each reload; one that queues nothing mutates nothing."""
    text = "session:prototype('%s', { %s }).mutate = function() log[#log + 1] = '%s' end\n"
    live = start(
        {
            "lua/main.lua": "log = {}\nrequire('m')\nrequire('n')\n",
            "lua/m.lua": text % ("A", "", "A"),
            "lua/n.lua": text % ("B", "", "B"),
        }
    )
    live.session.execute("a, b = session:prototype('A'):new(), session:prototype('B'):new()")
    live.save_well({"lua/n.lua": text % ("B", "x = 1", "B")})
    assert live.eval("return log") == ["B"]
    live.save_well({"lua/m.lua": text % ("A", "x = 1", "A")})
    live.save_well({"lua/m.lua": "-- a remark\n" + text % ("A", "x = 1", "A")})
    assert live.eval("return log") == ["B", "A"]
