"""What limits cost while nobody meets them: calls and tight loops, with and without them."""

from __future__ import annotations

from bench import sites
from bench.measure import Effort, alternate
from bench.report import Row, ratio_row
from luahost import Host, Session, Settings

CALLS = 20_000
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
        without, with_limits = free.create_session(), limited.create_session()
        rows = [_calls(effort, without, with_limits)]
        return rows + [_loop(effort, name, without, with_limits) for name in LOOPS]


def _calls(effort: Effort, without: Session, with_limits: Session) -> Row:
    def call(session: Session) -> None:
        for _ in range(CALLS):
            session.call("app:add", 1)

    rounds = effort.rounds(40, 10)
    pairs = alternate(
        lambda: effort.timed(lambda: call(without)), lambda: effort.timed(lambda: call(with_limits)), rounds
    )
    return ratio_row("limits on: method call from Python", pairs, 1.03, "µs", 1e6 / CALLS)


def _loop(effort: Effort, name: str, without: Session, with_limits: Session) -> Row:
    def work(session: Session) -> None:
        session.eval(LOOPS[name])

    rounds = effort.rounds(40, 10)
    pairs = alternate(
        lambda: effort.timed(lambda: work(without)), lambda: effort.timed(lambda: work(with_limits)), rounds
    )
    return ratio_row(f"limits on: {name}", pairs, 1.03, "ms", 1e3)
