"""What limits cost while nobody meets them: calls and tight loops, with and without them.

Each VM seeds its hashes by chance, which alone makes the same loop some per cent faster or slower in one than in
another: each round takes the next of several pairs of sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle

from bench import sites
from bench.measure import Effort, alternate
from bench.report import Row, ratio_row
from luahost import Host, Session, Settings

CALLS = 20_000
PAIRS = 10
LOOPS = {
    "a tight loop": "local n = 0 for i = 1, 2e6 do n = n + i % 7 end return n",
    "method calls in Lua": "local a = session:getApp() for i = 1, 3e5 do a:add(1) end",
    "pcall in a loop": "for i = 1, 3e5 do pcall(tostring, i) end",
}


def run(effort: Effort) -> list[Row]:
    """Returns a row for calls from Python and one for each loop; the floor is ours without limits."""
    off = Settings(time_limit_s=0, load_time_limit_s=0, memory_limit_mb=0, trust="trusted")
    on = Settings(trust="trusted")
    with (
        sites.site(main=sites.app()) as folder,
        Host(folder, watch=False, settings=off) as free,
        Host(folder, watch=False, settings=on) as limited,
    ):
        sides = [[host.create_session() for _ in range(PAIRS)] for host in (free, limited)]
        rows = [_row(effort, "method call from Python", _call, sides, "µs", 1e6 / CALLS)]
        return rows + [_row(effort, name, _loop(code), sides, "ms", 1e3) for name, code in LOOPS.items()]


def _call(session: Session) -> None:
    for _ in range(CALLS):
        session.call("app:add", 1)


def _loop(code: str) -> Callable[[Session], None]:
    return lambda session: session.execute(code)


def _row(
    effort: Effort,
    name: str,
    work: Callable[[Session], None],
    sides: Sequence[Sequence[Session]],
    unit: str,
    per: float,
) -> Row:
    without, with_limits = (cycle(sessions) for sessions in sides)
    pairs = alternate(
        lambda: effort.timed(lambda: work(next(without))),
        lambda: effort.timed(lambda: work(next(with_limits))),
        effort.rounds(40, 10),
    )
    return ratio_row(f"limits on: {name}", pairs, 1.03, unit, per)
