"""Folders that come, move and go below, above and in place of watched ones."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.tree_watcher import TreeWatcher
from luahost.reload.watchdog_watcher import WatchdogWatcher
from luahost.reload.watcher import Change

WaitUntil = Callable[..., None]


class Tree:
    """A watched folder `lua/` with a file in a folder, and what was told."""

    def __init__(self, root: Path, watcher: TreeWatcher, wait_until: WaitUntil) -> None:
        self.root = root
        self.watcher = watcher
        self.told: list[Change] = []
        self.gate = threading.Event()
        self.gate.set()
        self._wait_until = wait_until
        (root / "lua/old").mkdir(parents=True)
        self.write("lua/old/a.lua")
        watcher.start(self._take)
        watcher.watch(root / "lua", recursive=True)

    def _take(self, change: Change) -> None:
        self.gate.wait(20)
        self.told.append(change)

    def write(self, name: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text("return 1")

    def names(self) -> set[str]:
        return {os.path.relpath(path, self.root) for change in tuple(self.told) for path in change.paths}

    def await_told(self, *names: str) -> None:
        self._wait_until(lambda: self.names() >= set(names), f"events of {names}")

    def await_write(self, name: str) -> None:
        self.told.clear()
        self.write(name)
        self.await_told(name)


@pytest.fixture(params=[WatchdogWatcher, lambda: PollingWatcher(0.005)], ids=["watchdog", "polling"])
def tree(request: pytest.FixtureRequest, tmp_path: Path, wait_until: WaitUntil) -> Iterator[Tree]:
    tree = Tree(tmp_path, request.param(), wait_until)
    yield tree
    tree.watcher.close()


def test_folder_when_it_is_made_with_files_then_none_is_missed(tree: Tree) -> None:
    """HD4: files written at once into new folders are told, however deep."""
    names = [f"lua/new{number}/deep/er/m.lua" for number in range(50)]
    for name in names:
        tree.write(name)
    tree.await_told(*names)


def test_folder_when_it_is_moved_in_then_its_files_are_told(tree: Tree) -> None:
    """A folder that was filled elsewhere brings its files, and those that are written later."""
    tree.write("elsewhere/deep/b.lua")
    (tree.root / "elsewhere").rename(tree.root / "lua/new")
    tree.await_told("lua/new/deep/b.lua")
    tree.await_write("lua/new/deep/b.lua")


def test_folder_when_it_is_renamed_then_its_files_are_told_under_both_names(tree: Tree) -> None:
    """A file whose folder is renamed has gone from one path and come to another."""
    (tree.root / "lua/old").rename(tree.root / "lua/new")
    tree.await_told("lua/old/a.lua", "lua/new/a.lua")
    tree.await_write("lua/new/a.lua")
    tree.await_write("lua/old/a.lua")


def test_folder_when_it_is_moved_out_then_its_files_are_told_and_left_alone(tree: Tree) -> None:
    """HD21: a file whose folder leaves has gone; what is written there later is nobody's."""
    (tree.root / "lua/old").rename(tree.root / "elsewhere")
    tree.await_told("lua/old/a.lua")
    tree.told.clear()
    tree.write("elsewhere/a.lua")
    tree.await_write("lua/b.lua")
    assert tree.names() == {"lua/b.lua"}


def test_folder_when_it_is_removed_then_its_files_are_told(tree: Tree) -> None:
    """HD21: the files of a folder that is deleted have gone."""
    shutil.rmtree(tree.root / "lua/old")
    tree.await_told("lua/old/a.lua")
    tree.await_write("lua/old/a.lua")


@pytest.mark.parametrize("gone", ["lua", "."])
def test_root_when_it_is_removed_and_made_again_then_it_is_watched_again(tmp_path: Path, tree: Tree, gone: str) -> None:
    """A watched folder that is removed, even with the one above it, is watched again once it is there."""
    for _ in range(2):
        shutil.rmtree(tree.root / gone)
        tree.await_told("lua/old/a.lua")
        tree.told.clear()
        tree.write("lua/old/a.lua")
        tree.await_told("lua/old/a.lua")
        tree.await_write("lua/b.lua")


def test_root_when_another_takes_its_place_then_that_is_watched(tree: Tree) -> None:
    """A watched folder that is swapped for another by renames is told with the files of both."""
    tree.write("fresh/b.lua")
    (tree.root / "lua").rename(tree.root / "stale")
    (tree.root / "fresh").rename(tree.root / "lua")
    tree.await_told("lua/old/a.lua", "lua/b.lua")
    tree.await_write("lua/b.lua")


def test_folder_when_it_is_hidden_then_it_is_left_alone(tree: Tree) -> None:
    """What version control writes into its own folder is no change."""
    tree.write("lua/.git/objects/a.lua")
    tree.await_write("lua/b.lua")
    tree.write("lua/.git/objects/b.lua")
    tree.await_write("lua/c.lua")
    assert not any(".git" in name for name in tree.names())


QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")


@pytest.mark.skipif(not QUEUE.exists() or int(QUEUE.read_text()) > 50_000, reason="no queue that soon overflows")
def test_queue_when_it_overflows_then_all_files_are_told_as_lost(tmp_path: Path, wait_until: WaitUntil) -> None:
    """Events beyond what the system keeps make one change that says so, with every file; later ones count."""
    tree = Tree(tmp_path, WatchdogWatcher(), wait_until)
    tree.gate.clear()
    names = ("lua/old/a.lua", "lua/b.lua")
    for number in range(int(QUEUE.read_text()) + 5000):
        os.close(os.open(tmp_path / names[number % 2], os.O_WRONLY | os.O_CREAT))
    tree.write("lua/new/c.lua")
    tree.gate.set()
    wait_until(lambda: any(change.lost for change in tree.told))
    lost = next(change for change in tree.told if change.lost)
    assert {str(tmp_path / name) for name in (*names, "lua/new/c.lua")} <= set(lost.paths)
    tree.await_write("lua/new/c.lua")
    tree.watcher.close()
