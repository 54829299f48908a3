"""Samples: memory and turn times of all sessions, once a second, while somebody looks at them."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from luahost.session import Session
from luahost.turning.meter import Meter

__all__ = ["MOST_SAMPLES", "Samples"]

MOST_SAMPLES = 180
STATUS = Path("/proc/self/statm")

Row = tuple[float, ...]
"""Of a session: bytes, turns, their mean and longest ms. Of the host: bytes, those of all sessions, turns, sessions."""


class Samples:
    """Keeps a series for each session and one for the host. Turns are timed between `open` and `close`, else not.

    Invariant: each session that is alive at a `take` has a meter afterwards; none is left after `close`.
    """

    def __init__(self, sessions: Callable[[], Iterable[Session]]) -> None:
        self._sessions = sessions
        self._meters: dict[Session, Meter] = {}
        self._counts: dict[Session, int] = {}
        self._series: dict[str, deque[Row]] = {}
        self._host: deque[Row] = deque(maxlen=MOST_SAMPLES)
        self.number = 0

    def open(self) -> None:
        """Begins to time turns."""
        self._follow(list(self._sessions()))

    def take(self) -> None:
        """Takes a sample of every session, and of the process."""
        sessions = list(self._sessions())
        self._follow(sessions)
        rows = [self._sample(session) for session in sessions]
        totals = (float(sum(row[0] for row in rows)), float(sum(row[1] for row in rows)))
        self._host.append((float(_process_bytes()), *totals, float(len(rows))))
        self.number += 1

    def close(self) -> None:
        """Ends the timing, and forgets what was sampled."""
        for meter in self._meters.values():
            meter.close()
        self._meters.clear()
        self._counts.clear()
        self._series.clear()
        self._host.clear()

    def series(self, session_key: str | None, since: int = 0) -> dict[str, Any]:
        """Returns the samples after the number `since`, the oldest first."""
        new = min(self.number - since, MOST_SAMPLES)
        rows = self._series.get(session_key or "", ())
        if new <= 0:
            return {}
        return {"number": self.number, "host_rows": list(self._host)[-new:], "session_rows": list(rows)[-new:]}

    def _follow(self, sessions: list[Session]) -> None:
        for session in self._meters.keys() - set(sessions):
            self._meters.pop(session).close()
            self._counts.pop(session, None)
            self._series.pop(session.key, None)
        for session in sessions:
            if session not in self._meters:
                self._meters[session] = Meter(session.turns, time.perf_counter)
                self._meters[session].open()
                self._counts[session] = 0

    def _sample(self, session: Session) -> Row:
        meter = self._meters[session]
        times, count = meter.take(), meter.count
        turns, self._counts[session] = count - self._counts[session], count
        mean_ms = sum(times) / len(times) * 1000 if times else 0.0
        row = (float(session.memory_bytes), float(turns), mean_ms, max(times, default=0.0) * 1000)
        self._series.setdefault(session.key, deque(maxlen=MOST_SAMPLES)).append(row)
        return row


def _process_bytes() -> int:
    """Returns the process's memory; 0 where the system doesn't tell."""
    try:
        return int(STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
