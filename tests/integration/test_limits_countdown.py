"""Limits: time, where Lua's hook can't be reached from outside, so that a count hook asks whether the time is up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from live_site import LiveSite

from luahost import LimitExceeded, services

Begin = Callable[..., LiveSite]

LIMIT_S = 0.1
ENDLESS = "while true do end"
APP = """
app = { n = 0 }
function app:add() self.n = self.n + 1 return self.n end
session:createAppVariable(app)
"""

LOOPS = {
    "loop": ENDLESS,
    "pcall": f"while true do pcall(function() {ENDLESS} end) end",
    "xpcall": f"while true do xpcall(function() {ENDLESS} end, function() {ENDLESS} end) end",
    "coroutine": f"coroutine.wrap(function() {ENDLESS} end)()",
    "coroutine in coroutine": f"coroutine.wrap(function() coroutine.wrap(function() {ENDLESS} end)() end)()",
    "coroutine that catches": "while true do coroutine.resume(coroutine.create(function()"
    f" pcall(function() {ENDLESS} end) {ENDLESS} end)) end",
    "coroutine that yields": "local co = coroutine.wrap(function() while true do coroutine.yield() end end)"
    " while true do co() end",
    "metamethod": f"return setmetatable({{}}, {{ __index = function() {ENDLESS} end }}).x",
    "sort": f"table.sort({{ 3, 2, 1 }}, function() {ENDLESS} end)",
    "require": "require('endless')",
}


@pytest.fixture
def live(start_site: Begin, vm: str, monkeypatch: pytest.MonkeyPatch) -> LiveSite:
    """Returns a live site on each VM, as if its build hid Lua's functions."""
    monkeypatch.setattr(services, "interrupt_for", lambda name: None)
    return start_site({"lua/main.lua": APP, "lua/endless.lua": ENDLESS}, vm=vm, time_limit_s=LIMIT_S)


@pytest.mark.parametrize("loop", LOOPS)
def test_turn_when_its_time_is_up_then_the_count_hook_ends_it(live: LiveSite, loop: str) -> None:
    """Loops that catch, coroutines and callbacks are ended, and the next turn isn't."""
    for n in (1, 2):
        with pytest.raises(LimitExceeded, match="took longer than"):
            live.eval(LOOPS[loop])
        assert live.session.call("app:add") == n
        assert live.eval(
            "return coroutine.wrap(function() local n = 0 for i = 1, 300000 do n = n + 1 end return n end)()"
        )


def test_save_when_its_time_is_up_then_it_is_taken_back(live: LiveSite) -> None:
    """A save that doesn't end leaves the last good code, and the next one is taken."""
    assert not live.save({"lua/main.lua": f"{APP} {ENDLESS}"}).ok
    assert live.session.call("app:add") == 1
    assert live.save({"lua/main.lua": APP.replace("+ 1", "+ 10")}).ok
    assert live.session.call("app:add") == 10


def test_kill_when_another_callback_calls_it_then_the_turn_ends(live: LiveSite) -> None:
    """`kill` is noticed as soon as the guest goes on."""
    live.host.on("log", lambda line: live.session.kill())
    with pytest.raises(LimitExceeded, match="kill"):
        live.eval(f"print('x') {ENDLESS}")
    assert live.session.call("app:add") == 1
