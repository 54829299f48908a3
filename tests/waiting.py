"""Waiting for a condition, with a deadline: the only pause that tests make."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 60.0
PAUSE_S = 0.002


def wait_for(condition: Callable[[], T], what: str, *, timeout_s: float = DEADLINE_S) -> T:
    """Returns what the condition answers, once that is true; raises AssertionError that names it when time is over."""
    deadline = time.monotonic() + timeout_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout_s} s"
        time.sleep(PAUSE_S)
    return answer
