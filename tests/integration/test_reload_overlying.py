"""Files that lie over a saved one run again as the session has them, whatever stands on the disk by then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from luahost import Host, Settings

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
