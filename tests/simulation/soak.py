"""The soak: many sessions at random work, with errors, endless loops, kills, reloads, closes; nothing may be left.

python -m tests.simulation.soak --minutes 10 --sessions 500 --seed 1
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luahost import Host, LimitExceeded, LuaError, LuaHostError, Session, Settings

MAIN = """
local work = require("work")
App = session:prototype("App", { n = 0, ticks = 0, items = EMPTY })
function App:add(k) self.n = self.n + k return self.n end
function App:tick() self.ticks = self.ticks + 1 end
function App:grow(k) for i = 1, k do self.items[#self.items + 1] = session:create(work.Item, { i = i }) end end
function App:drop() self.items = {} end
app = app or session:create(App, { items = {} })
session:createAppVariable(app)
if not session.reloading then session:setInterval(app, "tick", 50) end
"""
WORK = """
local M = {{}}
M.Item = session:prototype("Item", {{ i = 0, field{n} = {n} }})
function M.Item:mutate() self.seen = {n} end
function M.version() return {n} end
{mistake}
return M
"""
FAILING = ("error('x')", "local t = nil; t.x = 1", "x = (", "error({})", "require('no.such')")
ENDLESS = ("while true do end", "while true do pcall(error) end", "coroutine.wrap(function() while true do end end)()")


@dataclass
class Desk:
    """One session with what was acknowledged of it: `n` must be the sum of what `add` answered for."""

    session: Session
    n: int = 0


@dataclass
class Soak:
    """The work of one thread on its own sessions. `counts` says how often what was done."""

    host: Host
    site: Path
    chance: random.Random
    desks: list[Desk] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, sessions: int, until_s: float) -> None:
        """Works until the time is over."""
        self.desks = [self.new_desk() for _ in range(sessions)]
        steps = ("add", "add", "add", "grow", "drop", "fail", "renew")
        while time.monotonic() < until_s:
            step = self.chance.choice(steps) if self.chance.random() > 0.002 else "loop"
            self.counts[step] += 1
            getattr(self, step)(self.chance.choice(self.desks))

    def add(self, desk: Desk) -> None:
        k = self.chance.randrange(10)
        desk.n += k
        assert desk.session.call("app:add", k) == desk.n

    def grow(self, desk: Desk) -> None:
        desk.session.call("app:grow", self.chance.randrange(50))

    def drop(self, desk: Desk) -> None:
        desk.session.call("app:drop")

    def fail(self, desk: Desk) -> None:
        try:
            desk.session.eval(self.chance.choice(FAILING))
        except LuaError:
            return
        raise AssertionError("what fails did not")

    def loop(self, desk: Desk) -> None:
        killer = threading.Timer(self.chance.random() * 0.1, desk.session.kill)
        killer.start()
        try:
            desk.session.eval(self.chance.choice(ENDLESS))
        except LimitExceeded:
            killer.join()
            desk.session.call("app:add", 0)
            return
        raise AssertionError("what does not end did")

    def renew(self, desk: Desk) -> None:
        if self.chance.random() < 0.05:
            desk.session.close()
            self.desks[self.desks.index(desk)] = self.new_desk()

    def new_desk(self) -> Desk:
        """Returns a desk with a new session, as soon as the files on the disk make one."""
        while True:
            try:
                return Desk(self.host.create_session())
            except LuaError:
                self.counts["not created"] += 1


def footprint() -> dict[str, int]:
    """Returns what a leak would show in: threads, open files, resident memory in KiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")), "rss_kib": pages * 4}


def soak(minutes: float, sessions: int, seed: int, vm: str = "lua54", workers: int = 2) -> dict[str, Any]:
    """Returns what was done, what went wrong (a lost turn, say), how many sessions answer, and what is left."""
    with tempfile.TemporaryDirectory() as folder:
        site, until_s = Path(folder), time.monotonic() + minutes * 60
        (site / "lua").mkdir()
        (site / "lua/main.lua").write_text(MAIN)
        (site / "lua/work.lua").write_text(WORK.format(n=0, mistake=""))
        settings = Settings(site=folder, vm=vm, time_limit_s=0.2)
        before, reports = footprint(), Counter[str]()
        with Host(settings=settings) as host:
            for event in ("reload_applied", "reload_failed", "lua_error"):
                host.on(event, lambda _, event=event: reports.update([event]))
            soaks = [Soak(host, site, random.Random(seed + n)) for n in range(workers)]
            errors = _work(soaks, sessions // workers, until_s, random.Random(seed), site)
            answered = sum(_is_well(desk) for one in soaks for desk in one.desks)
            peak = footprint()
        counts = sum((one.counts for one in soaks), Counter[str]())
        return {"counts": dict(counts), "reports": dict(reports), "answered": answered, "errors": errors} | {
            "before": before,
            "peak": peak,
            "after": footprint(),
        }


def _work(soaks: list[Soak], sessions: int, until_s: float, chance: random.Random, site: Path) -> list[str]:
    errors: list[str] = []

    def run(one: Soak) -> None:
        try:
            one.run(sessions, until_s)
        except (AssertionError, LuaHostError) as error:
            errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(one,)) for one in soaks]
    for thread in threads:
        thread.start()
    n = 0
    while any(thread.is_alive() for thread in threads):
        n += 1
        mistake = chance.choice(("", "", "", "", "error('half way')", "x = ("))
        # By another name first: a session that is created in the middle of a write would find half a file.
        (site / "lua/work.tmp").write_text(WORK.format(n=n, mistake=mistake))
        (site / "lua/work.tmp").replace(site / "lua/work.lua")
        threads[0].join(0.5)
    for thread in threads:
        thread.join()
    return errors


def _is_well(desk: Desk) -> bool:
    return bool(
        desk.session.call("app:add", 0) == desk.n and desk.session.eval("return require('work').version() >= 0")
    )


def main() -> None:
    """Soaks as the command line says, and prints the outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--vm", default="lua54")
    options = parser.parse_args()
    for name, value in soak(options.minutes, options.sessions, options.seed, options.vm).items():
        print(f"{name:9} {value}")


if __name__ == "__main__":
    main()
