"""What the integration tests share: sites that are live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from checked_site import CheckedSite
from inspected_site import InspectedSite
from live_site import LiveSite
from peers import Peer, Peers
from probes import Probes
from served_site import ServedSite

from luahost import Host, Session, Settings
from luahost.clock import Clock
from luahost.news import GuestError, LogLine
from luahost.storage.memory_storage import MemoryStorage
from luahost.testing.fake_clock import FakeClock
from luahost.testing.faulty_storage import FaultyStorage

StartSite = Callable[..., LiveSite]

WAYS = ("watched", "lua54", "lua55", "luajit21")


@pytest.fixture
def start_site(site: Callable[[Mapping[str, str]], Path]) -> Iterator[StartSite]:
    """Returns a function that writes files and starts a host with a session on them; it is left after the test."""
    started: list[LiveSite] = []

    def start(
        files: Mapping[str, str],
        *,
        is_watched: bool = False,
        clock: Clock | None = None,
        undo: bool = False,
        **settings: Any,
    ) -> LiveSite:
        live = LiveSite(site(files), Settings(**settings), is_watched=is_watched, clock=clock, undo=undo)
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


@pytest.fixture
def checked(site: Callable[[Mapping[str, str]], Path]) -> CheckedSite:
    """Returns what writes sites and checks their code without running it."""
    return CheckedSite(site)


@pytest.fixture
def clock() -> FakeClock:
    """Returns the clock of `host`, which stands until a test moves it."""
    return FakeClock()


@pytest.fixture
def storage() -> FaultyStorage:
    """Returns a storage that can be made to fail."""
    return FaultyStorage(MemoryStorage())


@pytest.fixture
def host(tmp_path: Path, vm: str, clock: FakeClock) -> Iterator[Host]:
    """Returns a host on the folder that `site` writes to, on each VM; it reloads when told."""
    with Host(tmp_path, watch=False, settings=Settings(vm=vm), clock=clock) as host:
        yield host


@pytest.fixture
def session(host: Host) -> Session:
    """Returns a session of `host`; it is the first, and the site has no main module yet."""
    return host.create_session()


@pytest.fixture
def logged(host: Host) -> list[LogLine]:
    """Returns the list of what sessions of `host` print and log."""
    lines: list[LogLine] = []
    host.on("log", lines.append)
    return lines


@pytest.fixture
def reported(host: Host) -> list[GuestError]:
    """Returns the list of the errors in `host` that have no caller."""
    errors: list[GuestError] = []
    host.on("lua_error", errors.append)
    return errors


@pytest.fixture(scope="session")
def probes() -> Iterator[Probes]:
    """Returns what runs Python text in processes of its own."""
    started = Probes()
    yield started
    started.close()


@pytest.fixture
def probe(probes: Probes, tmp_path: Path, vm: str) -> Callable[..., list[str]]:
    """Returns a function that runs text in a process of its own, on each VM, and answers the lines that it prints."""

    def run(text: str, **settings: Any) -> list[str]:
        return probes.run(text, tmp_path, vm=vm, **settings)

    return run


@pytest.fixture
def peers(session: Session) -> Peers:
    """Returns what the peers of `session` are told."""
    return Peers(session)


@pytest.fixture
def peer(peers: Peers) -> Peer:
    """Returns the first peer of `session`."""
    return peers.peer(1)


@pytest.fixture
def serve(site: Callable[[Mapping[str, str]], Path]) -> Iterator[Callable[..., ServedSite]]:
    """Returns a function that writes files and serves them; the server is left after the test."""
    served: list[ServedSite] = []

    def start(files: Mapping[str, str], **settings: Any) -> ServedSite:
        served.append(ServedSite(site(files), **settings))
        return served[-1]

    yield start
    for each in served:
        each.close()


@pytest.fixture
def inspect(site: Callable[[Mapping[str, str]], Path]) -> Iterator[Callable[..., InspectedSite]]:
    """Returns a function that writes files and starts a server that shows what their session has; it is left after."""
    inspected: list[InspectedSite] = []

    def start(files: Mapping[str, str], **options: Any) -> InspectedSite:
        inspected.append(InspectedSite(site(files), **options))
        return inspected[-1]

    yield start
    for each in inspected:
        each.close()
