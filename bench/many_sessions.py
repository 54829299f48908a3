"""A save that many sessions take: what a session costs beyond running the file's bytecode in it."""

from __future__ import annotations

import itertools

from bench import raw, sites
from bench.measure import Effort, alternate, spread
from bench.report import Row
from luahost import Host

MANY = 1000
BOUND_MS = 0.1


def run(effort: Effort) -> list[Row]:
    """Returns the row of one file that every session has loaded."""
    many = 100 if effort.is_quick else MANY
    start = sites.migrating_module(0)
    floors = [raw.session(start.encode()) for _ in range(many)]
    with sites.site(thing=start, main='require("thing")') as folder, Host(folder, watch=False) as host:
        for _ in range(many):
            host.create_session()
        versions = itertools.count(1)

        def reload_floor(text: str) -> None:
            code = raw.bytecode(text)
            for lua in floors:
                lua.execute(code)

        def floor() -> float:
            text = sites.migrating_module(next(versions))
            return effort.timed(lambda: reload_floor(text))

        def ours() -> float:
            (folder / "lua" / "thing.lua").write_text(sites.migrating_module(next(versions)), encoding="utf-8")
            taken = effort.timed(host.reload)
            assert all(session.generation == host.sessions[0].generation for session in host.sessions)
            return taken

        pairs = alternate(floor, ours, effort.rounds(12, 4))
    factor = 1e3 / many
    one, two = (f"{spread(side).median * factor:.3g} ms each" for side in (pairs.floor, pairs.ours))
    return [
        Row(
            f"one save, {many} sessions",
            one,
            two,
            pairs.beyond().times(factor),
            "ms",
            BOUND_MS,
            note="beyond the floor",
        )
    ]
