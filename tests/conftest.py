"""What tests of all rooms share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.site_files import write_files
from tests.waiting import wait_for

VMS = ("lua54", "lua55", "luajit21")

WaitUntil = Callable[..., None]
WriteSite = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def site(tmp_path: Path) -> WriteSite:
    """Returns a function that writes files, given as texts by their relative paths; it answers the site's folder."""

    def write(files: Mapping[str, str]) -> Path:
        write_files(tmp_path, files)
        return tmp_path

    return write


@pytest.fixture(params=VMS)
def vm(request: pytest.FixtureRequest) -> str:
    """Returns the name of each VM that a site may run on."""
    return str(request.param)


@pytest.fixture
def wait_until() -> WaitUntil:
    """Returns a function that waits for a condition, and fails with `what` when the deadline has passed."""

    def wait(condition: Callable[[], object], what: str = "the condition", timeout_s: float = 10.0) -> None:
        wait_for(condition, what, timeout_s=timeout_s)

    return wait
