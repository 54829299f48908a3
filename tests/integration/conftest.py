"""What the integration tests share: sites that are live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from live_site import LiveSite

from luahost import Settings

StartSite = Callable[..., LiveSite]

WAYS = ("watched", "lua54", "lua55", "luajit21")


@pytest.fixture
def start_site(site: Callable[[Mapping[str, str]], Path]) -> Iterator[StartSite]:
    """Returns a function that writes files and starts a host with a session on them; it is left after the test."""
    started: list[LiveSite] = []

    def start(files: Mapping[str, str], *, is_watched: bool = False, **settings: Any) -> LiveSite:
        live = LiveSite(site(files), Settings(**settings), is_watched=is_watched)
        started.append(live)
        return live

    yield start
    for live in started:
        live.close()


@pytest.fixture(params=WAYS)
def start(request: pytest.FixtureRequest, start_site: StartSite) -> StartSite:
    """Returns `start_site` for each way of saving: a watched file, and `host.reload()` on each VM."""

    def start(files: Mapping[str, str], **settings: Any) -> LiveSite:
        if request.param == "watched":
            return start_site(files, is_watched=True, **settings)
        return start_site(files, vm=request.param, **settings)

    return start
