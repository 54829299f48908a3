"""Creating a session: with an empty main module, and with one that declares 20 prototypes and makes 100 instances."""

from __future__ import annotations

from bench import raw, sites
from bench.measure import Effort, alternate
from bench.report import Row, ratio_row
from luahost import Host

AT_ONCE = 50


def run(effort: Effort) -> list[Row]:
    """Returns a row for each of the two."""
    return [
        _row(effort, "create a session: 20 prototypes, 100 instances", sites.full_session(), 2.0),
        _row(effort, "create a session: empty main", "", 3.0),
    ]


def _row(effort: Effort, work: str, main: str, bound: float) -> Row:
    code = raw.bytecode(main)
    with sites.site(main=main) as folder, Host(folder, watch=False) as host:

        def floor() -> float:
            kept: list[object] = []
            return effort.timed(lambda: kept.extend(raw.session(code) for _ in range(AT_ONCE)))

        def ours() -> float:
            taken = effort.timed(lambda: [host.create_session() for _ in range(AT_ONCE)])
            for session in host.sessions:
                session.close()
            return taken

        pairs = alternate(floor, ours, effort.rounds(60, 10))
    return ratio_row(work, pairs, bound, "µs", 1e6 / AT_ONCE)
