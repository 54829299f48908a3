"""Files that come, go, move and are pointed elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable

from live_site import LiveSite

Start = Callable[..., LiveSite]
WaitUntil = Callable[..., None]

M = "return { f = function() return %s end }\n"


def begin(start: Start, **settings: object) -> LiveSite:
    return start({"lua/main.lua": "require('m')\n", "lua/m.lua": M % 1}, **settings)


def test_file_when_deleted_then_the_module_stays_and_the_report_says_so(start: Start) -> None:
    """Row 25: a module whose file is gone stays; the report names the file."""
    live = begin(start)
    report = live.save({"lua/m.lua": None})
    assert (report.ok, report.gone) == (True, ("lua/m.lua",))
    assert live.eval("return require('m').f()") == 1


def test_file_when_it_comes_back_then_it_is_reloaded(start: Start) -> None:
    """Row 25: a file that comes back reloads its module, as an edit of it would."""
    live = begin(start)
    live.session.execute("held = require('m')")
    live.save({"lua/m.lua": None})
    live.save_well({"lua/m.lua": M % 2})
    assert live.eval("return held.f(), held == require('m')") == (2, True)


def test_file_when_deleted_with_on_delete_unload_then_the_module_goes(start: Start) -> None:
    """Row 25: `on_delete = "unload"` unloads the module, with what it registered."""
    live = start(
        {"lua/main.lua": "require('m')\n", "lua/m.lua": "session:prototype('P', {})\nsession:prototype('P.Q', {})"},
        on_delete="unload",
    )
    report = live.save({"lua/m.lua": None})
    assert report.gone == ("lua/m.lua",)
    assert live.eval("return session:prototypes()") == []
    assert not live.session.is_loaded("lua/m.lua")


def test_file_when_renamed_with_its_requires_then_the_new_one_owns_what_it_declares(start: Start) -> None:
    """Row 26: the new file is loaded by require; the resources move, and instances live on."""
    person = "Person = session:prototype('Person', { name = '' })\nfunction Person:f() return %d end\n"
    live = start({"lua/main.lua": "require('old')\n", "lua/old.lua": person % 1})
    live.session.execute("ann = Person:new{name = 'Ann'}")
    report = live.save_well(
        {"lua/old.lua": None, "lua/new.lua": person % 2, "lua/main.lua": "require('new') -- renamed\n"}
    )
    assert report.gone == ("lua/old.lua",)
    assert live.eval("return ann:f(), session:countInstances(Person)") == (2, 1)
    live.session.execute("session:unloadModule('lua/old.lua')")
    assert live.eval("return session:prototypes()[1]") == "Person"


def test_renamed_file_when_saved_again_then_it_reloads(start: Start) -> None:
    """Row 26: the new name is watched and reloaded as the old one was."""
    live = begin(start)
    live.save_well({"lua/m.lua": None, "lua/n.lua": M % 2, "lua/main.lua": "held = require('n')\n"})
    live.save_well({"lua/n.lua": M % 3})
    assert live.eval("return held.f()") == 3


def test_file_when_nobody_loaded_it_then_it_is_ignored_until_required(start: Start) -> None:
    """From a save to new code: a file that nobody loaded is ignored until it is required."""
    live = begin(start)
    live.write({"lua/other.lua": "error('never run')"})
    live.write({"lua/other.lua": M % 5})
    live.save_well({"lua/m.lua": M % 2})
    assert live.session.generation == 1
    assert live.eval("return require('other').f()") == 5


def test_file_when_nobody_could_load_it_then_it_holds_up_no_other(start: Start) -> None:
    """From a save to new code: a file that never parsed was loaded by nobody, and stops no save of another one."""
    live = begin(start)
    live.write({"lua/broken.lua": "stop stop"})
    assert live.eval("return (pcall(require, 'broken'))") is False
    live.save_well({"lua/m.lua": M % 2})
    assert live.eval("return require('m').f()") == 2


def test_file_when_it_failed_a_save_and_is_fixed_then_the_save_applies(start: Start) -> None:
    """Row 22: a save that failed for a file it required newly applies when that file is fixed."""
    live = begin(start)
    live.write({"lua/new.lua": "stop stop"})
    assert not live.save({"lua/m.lua": "return { f = function() return require('new') end, g = require('new') }"}).ok
    assert not live.save({"lua/new.lua": "stop stop stop"}).ok
    live.save_well({"lua/new.lua": "return 5"})
    assert live.eval("return require('m').f()") == 5


def test_folder_when_new_then_its_files_reload(start: Start) -> None:
    """From a save to new code: folders that appear while the host runs are watched."""
    live = begin(start)
    live.write({"apps/fresh/deep/app.lua": M % 1})
    live.require("fresh.deep.app")
    live.save_well({"apps/fresh/deep/app.lua": M % 2})
    assert live.eval("return require('fresh.deep.app').f()") == 2


def test_target_of_a_link_when_edited_then_it_reloads_once(start: Start) -> None:
    """Row 27: a file that is known by a link and by its path is one module, and reloads once."""
    live = begin(start)
    live.write({"apps/real/m.lua": "runs = (runs or 0) + 1\n" + M % 1})
    (live.root / "lua/linked.lua").symlink_to("../apps/real/m.lua")
    live.session.execute("held = require('linked'); assert(held == require('real.m'))")
    report = live.save_well({"apps/real/m.lua": "runs = (runs or 0) + 1\n" + M % 2})
    assert report.modules == ("apps/real/m.lua",)
    assert live.eval("return held.f(), runs") == (2, 2)


def point(live: LiveSite, link: str, target: str) -> None:
    """Points a link elsewhere in one step, as deployments do."""
    fresh = live.root / "fresh-link"
    fresh.symlink_to(target)
    os.replace(fresh, live.root / link)


def test_link_when_pointed_to_another_file_then_the_module_runs_that(start: Start, wait_until: WaitUntil) -> None:
    """Row 27: a link that is pointed elsewhere reloads: holders of the module's table get the new code."""
    live = start({"lua/main.lua": "-- later\n", "apps/one/m.lua": M % 1, "apps/two/m.lua": M % 2})
    point(live, "lua/linked.lua", "../apps/one/m.lua")
    live.session.execute("held = require('linked')")
    point(live, "lua/linked.lua", "../apps/two/m.lua")
    report = live.next_report() if live.is_watched else live.host.reload()
    assert report is not None
    assert report.ok
    assert live.eval("return held.f(), held == require('linked')") == (2, True)
    live.save_well({"apps/two/m.lua": M % 3})
    assert live.eval("return held.f()") == 3


def test_link_when_pointed_to_another_file_then_its_watchers_are_replaced(start: Start) -> None:
    """Rows 19, 27: what the module watched before it went on under the new file's key is watched once."""
    watching = "session:watchProperty(1, 'theme', function() seen = (seen or 0) + 1 end) -- %s"
    files = {"apps/one/m.lua": watching % 1, "apps/two/m.lua": watching % 2}
    live = start({"lua/main.lua": "app = {} session:createAppVariable(app)", **files})
    point(live, "lua/linked.lua", "../apps/one/m.lua")
    live.require("linked")
    point(live, "lua/linked.lua", "../apps/two/m.lua")
    report = live.next_report() if live.is_watched else live.host.reload()
    assert report is not None
    live.session.execute("session:createAppVariable(app, { theme = 'dark' })")
    assert live.eval("return seen") == 1


def test_linked_folder_when_pointed_elsewhere_then_its_modules_run_from_there(start: Start) -> None:
    """Row 27: so does a folder that is a link, as with releases behind `current`."""
    live = start({"lua/main.lua": "-- later\n", "apps/r1/app.lua": M % 1, "apps/r2/app.lua": M % 2})
    point(live, "apps/current", "r1")
    live.session.execute("held = require('current.app')")
    point(live, "apps/current", "r2")
    report = live.next_report() if live.is_watched else live.host.reload()
    assert report is not None
    assert live.eval("return held.f()") == 2


def test_file_with_no_reload_when_saved_then_it_is_kept_out(start: Start) -> None:
    """The first line `-- luahost: no-reload` keeps a file out of hot reloads."""
    live = begin(start)
    live.write({"lua/fixed.lua": "-- luahost: no-reload\n" + M % 1})
    live.require("fixed")
    live.write({"lua/fixed.lua": "-- luahost: no-reload\n" + M % 2})
    report = live.save_well({"lua/m.lua": M % 2})
    assert report.modules == ("lua/m.lua",)
    assert live.eval("return require('fixed').f(), require('m').f()") == (1, 2)


def test_file_with_no_reload_when_it_was_saved_without_before_then_new_sessions_keep_theirs(start: Start) -> None:
    """A file that has come to be kept out is run again by nobody, least of all as it was before."""
    live = start({"lua/main.lua": "require('m') require('n')", "lua/m.lua": "m = 1", "lua/n.lua": "n = 1"})
    live.save_well({"lua/m.lua": "m = 2"})
    live.write({"lua/m.lua": "-- luahost: no-reload\nm = 3"})
    live.host.reload()
    other = live.host.create_session()
    live.save_well({"lua/n.lua": "n = 2"})
    assert (other.eval("return m, n"), live.eval("return m, n")) == ((3, 2), (2, 2))


def test_cascade_when_set_then_requirers_run_too(start: Start) -> None:
    """The promise: with `cascade` the files that required a saved one run again, over any number of steps."""
    live = start(
        {
            "lua/main.lua": "local most = require('middle').most\nfunction get() return most end\n",
            "lua/middle.lua": "return { most = require('limits').most }\n",
            "lua/limits.lua": "return { most = 3 }\n",
        },
        cascade=True,
    )
    report = live.save_well({"lua/limits.lua": "return { most = 4 }\n"})
    assert live.eval("return get()") == 4
    assert report.sessions[0].modules == ("lua/limits.lua", "lua/middle.lua", "lua/main.lua")


def test_save_when_it_changes_nothing_then_there_is_no_reload(start: Start) -> None:
    """Row 29: a save of the same text reloads nothing."""
    live = start({"lua/main.lua": "runs = (runs or 0) + 1\nrequire('m')\n", "lua/m.lua": M % 1})
    live.write({"lua/main.lua": "runs = (runs or 0) + 1\nrequire('m')\n"})
    report = live.save_well({"lua/m.lua": M % 2})
    assert report.modules == ("lua/m.lua",)
    assert live.eval("return runs, session.generation") == (1, 1)


def test_saves_when_a_millisecond_apart_then_the_last_counts(start: Start, wait_until: WaitUntil) -> None:
    """Row 30: of two saves in a row the second is never lost, whatever the time stamps say."""
    live = begin(start)
    for number in range(2, 12):
        live.write({"lua/m.lua": M % (number * 10)})
        if not live.is_watched:
            live.host.reload()
        live.write({"lua/m.lua": M % (number * 10 + 1)})
        if not live.is_watched:
            live.host.reload()
        wait_until(lambda n=number: live.eval("return require('m').f()") == n * 10 + 1, f"save {number}")


def test_saves_when_of_the_same_size_and_second_then_both_count(start: Start, wait_until: WaitUntil) -> None:
    """Row 30: content decides: neither size nor time stamp tells two saves apart."""
    live = begin(start)
    stamp = (live.root / "lua/m.lua").stat()
    for number in (2, 3, 4):
        live.write({"lua/m.lua": M % number})
        os.utime(live.root / "lua/m.lua", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        if not live.is_watched:
            live.host.reload()
        wait_until(lambda n=number: live.eval("return require('m').f()") == n, f"save {number}")
