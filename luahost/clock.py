"""The clock: where time comes from, so that tests can hold it."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """A monotonic clock that can also be waited on."""

    def now(self) -> float:
        """Returns seconds since some fixed moment; never goes back."""

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Waits on `condition`, whose lock the caller holds, until notified or `timeout_s` of this clock passed."""


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Returns `time.monotonic()`."""
        return time.monotonic()

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        """Waits on `condition` for at most `timeout_s` real seconds; None waits until notified."""
        condition.wait(None if timeout_s is None else min(timeout_s, threading.TIMEOUT_MAX))
