"""`python -m bench [NAME …] [--quick] [--cpu]`: runs the benchmarks; all of them write bench/results.md."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from bench import busy, calls, create, detection, limits, many_sessions, memory, reload, save, saving, serving
from bench.measure import Effort
from bench.report import RESULTS, Row, line, markdown

BENCHES: dict[str, Callable[[Effort], list[Row]]] = {
    "create": create.run,
    "memory": memory.run,
    "calls": calls.run,
    "reload": reload.run,
    "save": save.run,
    "detection": detection.run,
    "many_sessions": many_sessions.run,
    "busy": busy.run,
    "limits": limits.run,
    "saving": saving.run,
    "serving": serving.run,
}


def main() -> None:
    """Runs what was asked for, a line each; nothing fails on a time."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHES)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller rounds; results.md stays as it is")
    parser.add_argument("--cpu", action="store_true", help="the process's CPU time: a hint on a machine that is busy")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - BENCHES.keys())
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}")
    rows = _run(
        given.names or list(BENCHES), Effort(given.quick, time.process_time if given.cpu else time.perf_counter)
    )
    if not (given.names or given.quick or given.cpu):
        RESULTS.write_text(markdown(rows, "python -m bench"), encoding="utf-8")


def _run(names: list[str], effort: Effort) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        for row in BENCHES[name](effort):
            print(line(row), flush=True)
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
