"""A reload that migrates live instances: `host.reload()` after a save, and the least raw lupa needs for it."""

from __future__ import annotations

import itertools
from pathlib import Path

from bench import raw, sites
from bench.measure import Effort, Pairs, alternate, spread
from bench.report import Row, ratio_row
from luahost import Host

BOUND = 1.6
BEYOND_S = 0.001
"""What a reload may take on top: reading, comparing, the transaction, the report."""


def run(effort: Effort) -> list[Row]:
    """Returns a row for each number of live instances."""
    counts = [1000, 10_000] if effort.is_quick else [1000, 10_000, 100_000]
    return [_row(effort, count) for count in counts]


def _row(effort: Effort, count: int) -> Row:
    pairs = _pairs(effort, count)
    allowed = BOUND + BEYOND_S / spread(pairs.floor).median
    return ratio_row(f"reload, {count:,} instances with mutate", pairs, allowed, "ms", 1e3, "1.6 × + 1 ms")


def _pairs(effort: Effort, count: int) -> Pairs:
    with (
        sites.site(thing=sites.migrating_module(0), main='require("thing")') as folder,
        Host(folder, watch=False) as host,
    ):
        file = folder / "lua" / "thing.lua"
        session = host.create_session()
        session.execute(sites.making(count))
        lua = raw.session(sites.migrating_module(0).encode())
        lua.execute(sites.making(count).encode())
        lua_migrate = lua.eval(b"migrate")
        versions = itertools.count(1)

        def reload_floor() -> None:
            lua.execute(file.read_bytes())
            lua_migrate(b"Thing")

        def floor() -> float:
            _save(file, next(versions))
            return effort.timed(reload_floor)

        def ours() -> float:
            _save(file, next(versions))
            taken = effort.timed(host.reload)
            assert session.eval("return things[1].seen") == session.eval("return things[1].level")
            return taken

        return alternate(floor, ours, effort.rounds(30 if count < 100_000 else 15, 5))


def _save(file: Path, version: int) -> None:
    file.write_text(sites.migrating_module(version), encoding="utf-8")
