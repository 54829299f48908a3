"""Termination: a process that is asked to end by SIGTERM leaves as it does at the end of its input."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["leaving_at_sigterm"]

TERMINATED = 128 + signal.SIGTERM


@contextmanager
def leaving_at_sigterm() -> Iterator[None]:
    """Raises SystemExit in the main thread at SIGTERM, so that whatever is open is left in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _leave(_number: int, _frame: FrameType | None) -> None:
    # Once: a second one is not to disturb the saving.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit(TERMINATED)
