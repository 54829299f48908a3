"""A profile of sessions: what takes the time is what is seen, on each VM, and limits hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from luahost import Host, LimitExceeded, Session, Settings, SettingsError
from luahost import host as hosts
from luahost.profile import Profile

CODE = """
local function spin(times)
  local sum = 0
  for i = 1, times do sum = sum + i % 7 end
  return sum
end
function busy() local sum = spin(30000) return sum end
function quiet() local sum = spin(300) return sum end
function both() for i = 1, 10 do busy() quiet() end end
function coroutines()
  local co = coroutine.wrap(function() while true do busy() coroutine.yield() end end)
  for i = 1, 20 do co() end
end
"""
LIMIT_S, LONG_S = 0.3, 30.0


class Site:
    """A session on a host that takes a profile."""

    def __init__(self, root: Path, vm: str, limit_s: float = LONG_S) -> None:
        self.profile = Profile()
        settings = Settings(vm=vm, time_limit_s=limit_s, load_time_limit_s=LONG_S, memory_limit_mb=16)
        self.host = Host(root, watch=False, settings=settings, profile=self.profile)
        self.host.__enter__()
        self.session: Session = self.host.create_session()

    def run_until_seen(self, code: str, samples: int = 60) -> None:
        """Runs a chunk until so many more stacks have been seen."""
        enough = self.profile.samples + samples
        while self.profile.samples < enough:
            self.session.execute(code)

    def seen(self) -> Counter[str]:
        """Returns how often each function was seen, anywhere in a stack."""
        counts: Counter[str] = Counter()
        for line in self.profile.collapsed().splitlines():
            stack, count = line.rsplit(" ", 1)
            counts.update(dict.fromkeys(stack.split(";"), int(count)))
        return counts


@pytest.fixture
def profiled(site: Callable[[Mapping[str, str]], Path], vm: str) -> Iterator[Site]:
    """Returns a profiled session, on each VM, that has loaded the code."""
    started = Site(site({"lua/main.lua": CODE}), vm)
    yield started
    started.host.close()


def test_profile_when_a_function_is_busy_then_it_dominates(profiled: Site) -> None:
    """A function that does a hundred times the work of another is seen far more often, below who called it."""
    profiled.run_until_seen("both()")
    seen = profiled.seen()
    busy, quiet = seen["busy (lua/main.lua:7)"], seen["quiet (lua/main.lua:8)"]
    assert busy > 0.7 * sum(seen[name] for name in seen if name.startswith("main chunk"))
    assert quiet < busy / 5
    stack = "main chunk (execute);both (lua/main.lua:9);busy (lua/main.lua:7);spin (lua/main.lua:2) "
    assert any(line.startswith(stack) for line in profiled.profile.collapsed().splitlines())


def test_profile_when_coroutines_run_then_their_stacks_are_seen(profiled: Site) -> None:
    """A coroutine that was resumed is where the time goes."""
    profiled.run_until_seen("coroutines()")
    assert any("spin (lua/main.lua:2)" in name for name in profiled.seen())


def test_profile_when_a_turn_does_not_end_then_its_limit_ends_it(
    site: Callable[[Mapping[str, str]], Path], vm: str
) -> None:
    """Being asked where it is keeps nobody from being ended, also behind a `pcall` or in a coroutine."""
    profiled = Site(site({"lua/main.lua": CODE}), vm, LIMIT_S)
    for code in (
        "while true do end",
        "while true do pcall(function() error({}) end) end",
        "coroutine.wrap(function() while true do end end)()",
    ):
        with pytest.raises(LimitExceeded):
            profiled.session.execute(code)
    assert profiled.session.eval("return quiet()") > 0
    profiled.host.close()
    assert profiled.seen()["main chunk (execute)"] > 20


def test_profile_when_memory_runs_out_then_that_is_an_error_as_ever(profiled: Site) -> None:
    """Looking takes nothing of the session's memory, whose limit holds."""
    with pytest.raises(LimitExceeded, match="not enough memory"):
        profiled.session.execute("local all = {} for i = 1, 1e8 do all[i] = ('x'):rep(100000) .. i end")
    assert profiled.session.eval("return quiet()") > 0


def test_profile_when_a_host_takes_none_then_sessions_are_plain(site: Callable[..., Path], vm: str) -> None:
    """Without a profile there is no thread, and no session that could be asked."""
    with Host(site({}), watch=False, settings=Settings(vm=vm)) as host:
        session = host.create_session()
        assert type(session.turns.guest).__name__ == "VM"
        assert host._sampler is None


def test_profile_when_the_hook_is_hidden_then_says_so(
    site: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another build of lupa, whose functions can't be reached, can't be asked."""
    monkeypatch.setattr(hosts, "stack_reader_for", lambda name: None)
    with pytest.raises(SettingsError, match="no profile of lua54: this build of lupa hides Lua's hook"):
        Host(site({}), watch=False, profile=Profile())


def test_profile_when_time_is_unlimited_on_luajit_then_its_compiler_is_off(site: Callable[..., Path]) -> None:
    """Compiled loops look at no hook: with a profile they are not compiled."""
    settings = Settings(vm="luajit21", trust="trusted", time_limit_s=0, load_time_limit_s=0)
    with Host(site({"lua/main.lua": CODE}), watch=False, settings=settings, profile=Profile()) as host:
        session = host.create_session()
        session.execute("for i = 1, 20 do both() end")
        assert host._services.profile is not None
        assert host._services.profile.samples > 0
