"""What tests of all rooms share."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

WaitUntil = Callable[..., None]


@pytest.fixture
def wait_until() -> WaitUntil:
    """Returns a function that waits for a condition, and fails with `what` when the deadline has passed."""

    def wait(condition: Callable[[], object], what: str = "the condition", timeout_s: float = 10.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come true within {timeout_s} s"
            time.sleep(0.001)

    return wait
