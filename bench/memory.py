"""Memory of a session: resident set of a process with many of them, floor and ours each in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench import raw, sites
from bench.measure import Effort, alternate
from bench.report import Row, ratio_row
from luahost import Host

MANY = 1000


def run(effort: Effort) -> list[Row]:
    """Returns the row of a session with 20 prototypes and 100 instances."""
    many = 200 if effort.is_quick else MANY
    pairs = alternate(lambda: _measure("floor", many), lambda: _measure("ours", many), effort.rounds(5, 2))
    return [ratio_row(f"memory of such a session, {many} of them", pairs, 1.8, "KiB", 1 / 1024)]


def _measure(side: str, many: int) -> float:
    command = [sys.executable, "-m", "bench.memory", side, str(many)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parent.parent)
    return float(done.stdout)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _floor(many: int) -> float:
    code = raw.bytecode(sites.full_session())
    kept = [raw.session(code)]
    before = _resident_bytes()
    kept += [raw.session(code) for _ in range(many)]
    return (_resident_bytes() - before) / many


def _ours(many: int) -> float:
    with sites.site(main=sites.full_session()) as folder, Host(folder, watch=False) as host:
        host.create_session()
        before = _resident_bytes()
        for _ in range(many):
            host.create_session()
        return (_resident_bytes() - before) / many


if __name__ == "__main__":
    print({"floor": _floor, "ours": _ours}[sys.argv[1]](int(sys.argv[2])))
