"""A method call from Python: through `Session.call`, and a raw lupa function that calls the same method."""

from __future__ import annotations

from bench import raw, sites
from bench.measure import Effort, alternate
from bench.report import Row, ratio_row
from luahost import Host

CALLS = 20_000


def run(effort: Effort) -> list[Row]:
    """Returns the row of a method that takes a number and answers one."""
    lua = raw.session(raw.bytecode(sites.app()))
    add = lua.eval(b"function(by) return app:add(by) end")
    with sites.site(main=sites.app()) as folder, Host(folder, watch=False) as host:
        call = host.create_session().call

        def call_floor() -> None:
            for _ in range(CALLS):
                add(1)

        def call_ours() -> None:
            for _ in range(CALLS):
                call("app:add", 1)

        rounds = effort.rounds(60, 10)
        pairs = alternate(lambda: effort.timed(call_floor), lambda: effort.timed(call_ours), rounds)
    return [ratio_row("method call from Python", pairs, 6.0, "µs", 1e6 / CALLS)]
