"""Timers, hooks and coroutines that were started before a save."""

from __future__ import annotations

from collections.abc import Callable

from live_site import LiveSite

Start = Callable[..., LiveSite]
WaitUntil = Callable[..., None]

EVERY = "session:setInterval(function() count('%s') end, 2)\n"


def begin(start: Start, text: str) -> LiveSite:
    """Starts a session whose global `counts` is counted up by name."""
    counting = "counts = {}\nfunction count(name) counts[name] = (counts[name] or 0) + 1 end\n"
    return start({"lua/main.lua": counting + "require('m')\n", "lua/m.lua": text})


def count(live: LiveSite, name: str) -> int:
    return int(live.eval(f"return counts['{name}'] or 0"))


def test_interval_when_its_module_makes_one_again_then_only_the_new_one_ticks(
    start: Start, wait_until: WaitUntil
) -> None:
    """Row 19: timers of the module's last run are dropped if this run makes any."""
    live = begin(start, EVERY % "old")
    wait_until(lambda: count(live, "old"), "the old interval")
    live.save_well({"lua/m.lua": EVERY % "new"})
    live.session.execute("counts = {}")
    wait_until(lambda: count(live, "new") > 2, "the new interval")
    assert count(live, "old") == 0


def test_interval_when_behind_a_guard_then_it_goes_on(start: Start, wait_until: WaitUntil) -> None:
    """Row 19: if the run makes no timer, those of its last run stay: nothing twice, nothing lost."""
    guard = f"if not session.reloading then {EVERY.strip()} end\n"
    live = begin(start, guard % "old")
    live.save_well({"lua/m.lua": guard % "new"})
    live.session.execute("counts = {}")
    wait_until(lambda: count(live, "old") > 2, "the guarded interval")
    assert count(live, "new") == 0


def test_interval_when_kept_over_a_save_then_a_later_run_that_makes_one_drops_it(
    start: Start, wait_until: WaitUntil
) -> None:
    """Row 19: a timer that was kept is still the module's, and goes when a run makes one of its own."""
    live = begin(start, f"if not session.reloading then {EVERY.strip()} end\n" % "old")
    live.save_well({"lua/m.lua": "-- none\n"})
    live.save_well({"lua/m.lua": EVERY % "new"})
    live.session.execute("counts = {}")
    wait_until(lambda: count(live, "new") > 2, "the new interval")
    assert count(live, "old") == 0


def test_interval_when_another_module_is_saved_then_it_goes_on(start: Start, wait_until: WaitUntil) -> None:
    """Row 19: only the saved module's timers are concerned."""
    live = begin(start, EVERY % "m")
    live.session.execute("session:setInterval(function() count('nobody') end, 2)")
    live.save_well({"lua/main.lua": "function count(name) counts[name] = (counts[name] or 0) + 1 end\nrequire('m')\n"})
    live.session.execute("counts = {}")
    wait_until(lambda: count(live, "m") > 1 and count(live, "nobody") > 1, "both intervals")


def test_interval_of_object_and_method_when_saved_then_it_follows(start: Start, wait_until: WaitUntil) -> None:
    """Row 28: a timer given as object and method name looks the method up at each tick."""
    ticker = "Ticker = session:prototype('Ticker', {})\nfunction Ticker:tick() count('%s') end\n"
    live = begin(start, ticker % "old")
    live.session.execute("t = Ticker:new(); session:setInterval(t, 'tick', 2)")
    wait_until(lambda: count(live, "old"), "the old method")
    live.save_well({"lua/m.lua": ticker % "new"})
    live.session.execute("counts = {}")
    wait_until(lambda: count(live, "new") > 2, "the new method")
    assert count(live, "old") == 0


def test_timer_of_a_function_when_saved_then_it_finishes_on_the_old_code(start: Start, wait_until: WaitUntil) -> None:
    """Row 28: a timer that was given a function keeps that function."""
    text = "function tick() count('%s') end\n"
    live = begin(start, text % "old")
    live.session.execute("session:setInterval(tick, 2)")
    live.save_well({"lua/m.lua": text % "new"})
    live.session.execute("counts = {}; tick()")
    wait_until(lambda: count(live, "old") > 2, "the old function")
    assert count(live, "new") == 1


def test_coroutine_when_suspended_then_it_finishes_on_the_old_code(start: Start) -> None:
    """Row 28: a coroutine that is suspended while its file is saved goes on with what it began."""
    text = "function steps() local v = '%s' coroutine.yield(v) return v .. ' end' end\n"
    live = begin(start, text % "old")
    assert live.eval("co = coroutine.create(steps) return coroutine.resume(co)") == (True, "old")
    live.save_well({"lua/m.lua": text % "new"})
    assert live.eval("return coroutine.resume(co)") == (True, "old end")
    assert live.eval("return coroutine.wrap(steps)()") == "new"


def test_reload_hook_when_its_module_makes_one_again_then_only_the_new_one_is_called(start: Start) -> None:
    """Row 19: hooks of the module's last run are dropped if this run makes one of that kind."""
    text = "session:onReload(function(report) count('%s') end)\n"
    live = begin(start, text % "old")
    live.save_well({"lua/m.lua": text % "new"})
    live.save_well({"lua/m.lua": text % "newest"})
    assert live.eval("return counts.old, counts.new, counts.newest") == (None, 1, 1)


def test_reload_hook_when_behind_a_guard_then_it_stays(start: Start) -> None:
    """Row 19: a hook that the run doesn't make again stays, called once a reload."""
    guard = "if not session.reloading then session:onReload(function() count('%s') end) end\n"
    live = begin(start, guard % "old")
    live.save_well({"lua/m.lua": guard % "new"})
    live.save_well({"lua/m.lua": "session:onClose(function() end)"})
    assert live.eval("return counts.old, counts.new") == (2, None)
