"""Two busy sessions on two cores: how much more they get done than one alone."""

from __future__ import annotations

import threading
import time

from bench import sites
from bench.measure import Effort, spread
from bench.report import Row
from luahost import Host, Session

BOUND = 1.8


def run(effort: Effort) -> list[Row]:
    """Returns the row of two sessions that compute at the same time."""
    times = 2_000_000 if effort.is_quick else 20_000_000
    with sites.site(main=sites.app()) as folder, Host(folder, watch=False) as host:
        first, second = host.create_session(), host.create_session()
        alone, both = [], []
        for _ in range(effort.rounds(7)):
            alone.append(_spin([first], times))
            both.append(_spin([first, second], times))
    gain = spread([2 * one / two for one, two in zip(alone, both, strict=True)])
    one, two = (f"{spread(side).median:.3g} s" for side in (alone, both))
    return [Row("two busy sessions on two cores", one, two, gain, "×", BOUND, at_least=True, note="one alone, both")]


def _spin(sessions: list[Session], times: int) -> float:
    threads = [threading.Thread(target=session.call, args=("app:spin", times)) for session in sessions]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began
