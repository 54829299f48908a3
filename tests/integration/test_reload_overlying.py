"""Files that lie over a saved one run again as the session has them, whatever stands on the disk by then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

from luahost import Host, Settings

Start = Callable[..., LiveSite]

LOW = "local old = session.getApp function session:getApp() return 'low%d(' .. tostring(old(self)) .. ')' end"
TOP = "local old = session.getApp function session:getApp() return 'top(' .. tostring(old(self)) .. ')' end"


@pytest.mark.parametrize("broken", ["error('boom')", "x = ("])
def test_save_when_a_broken_file_lies_over_it_then_it_applies(
    site: Callable[..., object], tmp_path: object, vm: str, broken: str
) -> None:
    """A file that was saved with a mistake, and lies over one that is saved later, goes on as it was."""
    site({"lua/main.lua": "require('low') require('top')", "lua/low.lua": LOW % 1, "lua/top.lua": TOP})
    with Host(str(tmp_path), watch=False, settings=Settings(vm=vm)) as host:
        session = host.create_session()
        site({"lua/top.lua": f"{TOP} {broken}"})
        assert not host.reload().ok
        site({"lua/low.lua": LOW % 2})
        host.reload()
        assert session.eval("return session:getApp()") == "top(low2(nil))"


BELOW = "function NAME() return %s end"
ABOVE = "require('bottom') local inner = NAME function NAME() return %s + inner() end"


@pytest.mark.parametrize("name", ["session.w", "w"])
def test_wrapper_when_its_file_newly_requires_what_it_wraps_then_it_lies_over_that(start: Start, name: str) -> None:
    """Whose function: a module that comes with a save stands before the one that required it, as in a first load."""
    live = start({"lua/main.lua": "require('top')", "lua/top.lua": "-- nothing yet"})
    bottom, top, seen = BELOW.replace("NAME", name), ABOVE.replace("NAME", name), []
    for files in (
        {"bottom": bottom % 1, "top": top % 10},
        {"top": top % 20},
        {"bottom": bottom % 2},
        {"top": "-- gone"},
    ):
        live.save_well({f"lua/{key}.lua": text for key, text in files.items()})
        seen.append(live.eval(f"return {name}()"))
    assert (seen, live.eval("return session:loaded()[1]")) == ([11, 21, 22, 2], "lua/bottom.lua")


def test_wrapper_when_a_module_comes_below_it_then_its_file_runs_too(start: Start) -> None:
    """Modules that write the same key run together, one that comes with the save among them."""
    wrapper = "local inner = session.w function session.w() return 10 + (inner and inner() or 0) end"
    live = start({"lua/main.lua": "require('a') require('b')", "lua/a.lua": "-- nothing yet", "lua/b.lua": wrapper})
    report = live.save_well({"lua/a.lua": "require('new')", "lua/new.lua": "function session.w() return 1 end"})
    assert (report.modules, live.eval("return session.w()")) == (("lua/a.lua", "lua/b.lua"), 11)
    live.save_well({"lua/a.lua": "session:unloadModule('new') require('new')"})
    assert live.eval("return session.w(), session:loaded()[1]") == (11, "lua/new.lua")
