"""What every watcher keeps: watchdog's on Linux and elsewhere, the polling one, and the fake of tests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.tree_watcher import TreeWatcher
from luahost.reload.watchdog_watcher import ObserverEvents, WatchdogWatcher
from luahost.reload.watcher import Change, Watcher
from luahost.testing.fake_watcher import FakeWatcher

MAKERS: dict[str, Callable[[], Watcher]] = {
    "watchdog": WatchdogWatcher,
    "observer": lambda: TreeWatcher(ObserverEvents()),
    "polling": lambda: PollingWatcher(0.01),
    "fake": FakeWatcher,
}


class Watched:
    """A watcher over real folders, and what it told. The fake is told of each write, as it doesn't look."""

    def __init__(self, watcher: Watcher, site: Path, wait_until: Callable[..., None]) -> None:
        self.watcher = watcher
        self.site = site
        self.told: list[Change] = []
        self._wait_until = wait_until
        (site / "lua/deep").mkdir(parents=True)
        (site / "apps").mkdir()
        watcher.start(self.told.append)

    def write(self, name: str) -> str:
        path = self.site / name
        path.write_text("return 1")
        if isinstance(self.watcher, FakeWatcher):
            self.watcher.change(path)
        return str(path)

    def names(self) -> set[str]:
        return {os.path.relpath(path, self.site) for change in self.told for path in change.paths}

    def await_write(self, name: str) -> None:
        """Writes a file, and waits until that was told: what was done before has been told by then, too."""
        self.write(name)
        self._wait_until(lambda: name in self.names(), f"an event of {name}")


@pytest.fixture(params=MAKERS)
def watched(request: pytest.FixtureRequest, tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[Watched]:
    watched = Watched(MAKERS[request.param](), tmp_path, wait_until)
    yield watched
    watched.watcher.close()


def test_watch_when_a_file_is_written_then_it_is_told(watched: Watched) -> None:
    """H1, H2, HD1, HD2: a file in a watched folder that is written is told by its path."""
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.await_write("lua/a.lua")
    assert watched.names() == {"lua/a.lua"}


def test_watch_when_it_is_recursive_then_folders_below_count(watched: Watched) -> None:
    """A file in a folder below a watched one is told."""
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.await_write("lua/deep/a.lua")


def test_watch_when_it_is_not_recursive_then_folders_below_do_not_count(watched: Watched) -> None:
    """Only the folder itself is watched, unless more is asked for."""
    watched.watcher.watch(watched.site / "lua", recursive=False)
    watched.write("lua/deep/a.lua")
    watched.await_write("lua/a.lua")
    assert watched.names() == {"lua/a.lua"}


def test_watch_when_a_folder_is_not_watched_then_its_files_are_not_told(watched: Watched) -> None:
    """Nobody is told of what nobody asked for."""
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.write("apps/a.lua")
    watched.await_write("lua/a.lua")
    assert watched.names() == {"lua/a.lua"}


def test_unwatch_when_a_folder_is_watched_twice_then_the_first_changes_nothing(watched: Watched) -> None:
    """H6, HD11: a folder is watched as long as there is a reason."""
    for _ in range(2):
        watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.watcher.unwatch(watched.site / "lua", recursive=True)
    watched.await_write("lua/a.lua")


def test_unwatch_when_it_was_the_last_reason_then_files_are_not_told(watched: Watched) -> None:
    """H6, HD9: after as many unwatches as watches the folder is left alone."""
    watched.watcher.watch(watched.site / "apps", recursive=True)
    for _ in range(2):
        watched.watcher.watch(watched.site / "lua", recursive=True)
    for _ in range(2):
        watched.watcher.unwatch(watched.site / "lua", recursive=True)
    watched.write("lua/a.lua")
    watched.await_write("apps/a.lua")
    assert watched.names() == {"apps/a.lua"}


def test_unwatch_when_a_folder_was_never_watched_then_it_is_nothing(watched: Watched) -> None:
    """Taking back what was never asked for is nothing, and counts against nothing."""
    watched.watcher.unwatch(watched.site / "lua", recursive=True)
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.await_write("lua/a.lua")


def test_watch_when_the_folder_is_missing_then_it_is_told_of_once_it_is_there(watched: Watched) -> None:
    """A folder may be watched before it exists; so may one of which the folder above is missing."""
    watched.watcher.watch(watched.site / "new/lua", recursive=True)
    (watched.site / "new/lua").mkdir(parents=True)
    watched.await_write("new/lua/a.lua")


def test_close_when_events_may_be_under_way_then_it_ends_within_a_second(watched: Watched) -> None:
    """H10, HD19: closing is quick, and may be done twice; nothing is told afterwards."""
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.write("lua/a.lua")
    began_s = time.monotonic()
    watched.watcher.close()
    watched.watcher.close()
    assert time.monotonic() - began_s < 1.0
    told = len(watched.told)
    watched.write("lua/b.lua")
    assert len(watched.told) == told


def test_watch_when_a_folder_vanishes_then_nothing_is_raised(watched: Watched) -> None:
    """HD21, HD22: a watched folder that goes is no error, and stops no other."""
    watched.watcher.watch(watched.site / "lua", recursive=True)
    watched.watcher.watch(watched.site / "apps", recursive=True)
    (watched.site / "lua/deep").rmdir()
    (watched.site / "lua").rmdir()
    watched.await_write("apps/a.lua")
    watched.watcher.unwatch(watched.site / "lua", recursive=True)
