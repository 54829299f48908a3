"""`python -m bench.instructions [NAME …]`: floor and ours in instructions, which are the same at each run.

valgrind's callgrind counts a process that does the work so many times, and another that does it more often: what both
spend besides goes out. Nothing of it says how long memory and locks take; the other scripts do.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import detection, raw, sites
from luahost import Host

Work = Callable[[int], object]
"""Does the work so many times."""

SESSIONS = 100
"""How many sessions take a reload."""

WATCHED = 10
"""How many variables somebody watches while an action changes one."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted: `make` prepares floor and ours, done `few` and `many` times, `per` at once."""

    make: Callable[[], tuple[Work, Work]]
    few: int
    many: int
    per: int = 1


def _creating(main: str) -> tuple[Work, Work]:
    code, host = raw.bytecode(main), _host(main=main)
    kept: list[Any] = []  # taking sessions down isn't counted: the host keeps its own
    return (
        lambda times: kept.extend([raw.session(code) for _ in range(times)]),
        lambda times: [host.create_session() for _ in range(times)],
    )


def _calling() -> tuple[Work, Work]:
    add: Any = raw.session(raw.bytecode(sites.app())).eval(b"function(by) return app:add(by) end")
    call = _host(main=sites.app()).create_session().call
    return (
        lambda times: [add(1) for _ in range(times)],
        lambda times: [call("app:add", 1) for _ in range(times)],
    )


def _acting() -> tuple[Work, Work]:
    floor: Any = raw.runtime().execute((detection.FLOOR % WATCHED).encode())
    act = detection.action(_host(main=detection.MAIN % WATCHED), WATCHED, "poke")
    return (
        lambda times: [floor(12) for _ in range(times)],
        lambda times: [act() for _ in range(times)],
    )


def _reloading() -> tuple[Work, Work]:
    versions = itertools.count(1)
    floors = [raw.session(sites.migrating_module(0).encode()) for _ in range(SESSIONS)]
    host = _host(thing=sites.migrating_module(0), main='require("thing")')
    for _ in range(SESSIONS):
        host.create_session()

    def floor(times: int) -> None:
        for version in itertools.islice(versions, times):
            code = raw.bytecode(sites.migrating_module(version))
            for lua in floors:
                lua.execute(code)

    def ours(times: int) -> None:
        for version in itertools.islice(versions, times):
            host.site.path("lua/thing.lua").write_text(sites.migrating_module(version), encoding="utf-8")
            assert host.reload() is not None

    return floor, ours


COUNTS = {
    "full": Count(lambda: _creating(sites.full_session()), 10, 110),
    "empty": Count(lambda: _creating(""), 10, 110),
    "calls": Count(_calling, 1000, 11_000),
    "action": Count(_acting, 1000, 11_000),
    "reload": Count(_reloading, 4, 14, per=SESSIONS),
}


def _host(**modules: str) -> Host:
    lua = Path(tempfile.mkdtemp(prefix="luahost-bench-")) / "lua"
    lua.mkdir()
    for name, text in modules.items():
        (lua / f"{name}.lua").write_text(text, encoding="utf-8")
    return Host(lua.parent, watch=False).__enter__()


def _counted(name: str, side: int, times: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}"]
        command += [sys.executable, "-m", "bench.instructions", name, "--side", str(side), "--times", str(times)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"})
        return next(int(line.split()[1]) for line in out.read_text().splitlines() if line.startswith("totals:"))


def _per_work(name: str, side: int) -> float:
    count = COUNTS[name]
    counted = _counted(name, side, count.many) - _counted(name, side, count.few)
    return counted / (count.many - count.few) / count.per


def _do(name: str, side: int, times: int) -> None:
    """Does the work in the process that is counted, from when all is prepared and warm."""
    work = COUNTS[name].make()[side]
    gc.disable()
    work(1)
    subprocess.run(["vgdb", f"--pid={os.getpid()}", "instrumentation", "on"], check=True)
    work(times)
    os._exit(0)


def main() -> None:
    """Counts what was asked for and prints a line each."""
    parser = argparse.ArgumentParser(prog="python -m bench.instructions")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(COUNTS)}; all if none is given")
    parser.add_argument("--side", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--times", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side is not None:
        _do(given.names[0], given.side, given.times)
    for name in given.names or COUNTS:
        floor, ours = _per_work(name, 0), _per_work(name, 1)
        print(f"{name}: floor {floor:,.0f}, ours {ours:,.0f}: {ours / floor:.2f} ×, {ours - floor:,.0f} beyond it")


if __name__ == "__main__":
    main()
