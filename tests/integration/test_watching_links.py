"""Links below a watched folder: what they lead to is watched, as long as they lead there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.reload.polling_watcher import PollingWatcher
from luahost.reload.tree_watcher import TreeWatcher
from luahost.reload.watchdog_watcher import WatchdogWatcher
from luahost.reload.watcher import Change


class Tree:
    """A watched folder `lua/`, with folders beside it that nobody asked to watch, and what was told."""

    def __init__(self, root: Path, watcher: TreeWatcher, wait_until: Callable[..., None]) -> None:
        self.root = root
        self.watcher = watcher
        self.told: list[Change] = []
        self._wait_until = wait_until
        for name in ("lua", "one/deep", "two"):
            (root / name).mkdir(parents=True)

    def start(self) -> None:
        self.watcher.start(self.told.append)
        self.watcher.watch(self.root / "lua", recursive=True)

    def write(self, name: str, text: str = "return 1") -> None:
        (self.root / name).write_text(text)

    def link(self, name: str, target: str) -> None:
        """Makes a link, or points it elsewhere as `ln -sfn` does, by a rename."""
        fresh = self.root / (name + ".new")
        fresh.symlink_to(self.root / target)
        fresh.replace(self.root / name)

    def names(self) -> set[str]:
        return {os.path.relpath(path, self.root) for change in self.told for path in change.paths}

    def moved(self) -> set[str]:
        return {os.path.relpath(path, self.root) for change in self.told for path in change.moved}

    def folders(self) -> set[str]:
        return {os.path.relpath(folder, self.root) for folder in self.watcher.folders()}

    def await_told(self, name: str) -> None:
        self._wait_until(lambda: name in self.names(), f"an event of {name}")

    def await_folders(self, *names: str) -> None:
        self._wait_until(lambda: self.folders() == set(names), f"watching {names}")

    def await_write(self, name: str) -> None:
        """Writes a file, and waits until that is told; what was told before is forgotten first."""
        self.told.clear()
        self.write(name)
        self.await_told(name)


@pytest.fixture(params=[WatchdogWatcher, lambda: PollingWatcher(0.005)], ids=["watchdog", "polling"])
def tree(request: pytest.FixtureRequest, tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[Tree]:
    tree = Tree(tmp_path, request.param(), wait_until)
    yield tree
    tree.watcher.close()


def test_link_when_it_was_there_at_the_start_then_its_target_is_watched(tree: Tree) -> None:
    """H5, HD6, HD7: the folder of a link's target is watched, and the target is told by its own path."""
    tree.write("one/a.lua")
    tree.link("lua/a.lua", "one/a.lua")
    tree.start()
    tree.await_write("one/a.lua")


def test_link_when_it_is_made_later_then_its_target_is_watched(tree: Tree) -> None:
    """HD4, HD8: a new link is told, and its target watched from then on."""
    tree.write("one/a.lua")
    tree.start()
    tree.link("lua/a.lua", "one/a.lua")
    tree.await_told("lua/a.lua")
    tree.await_write("one/a.lua")


def test_link_when_it_is_removed_then_its_target_is_left_alone(tree: Tree) -> None:
    """HD9: without its link a folder is no longer watched."""
    tree.write("one/a.lua")
    tree.link("lua/a.lua", "one/a.lua")
    tree.start()
    tree.await_folders("lua", "one")
    (tree.root / "lua/a.lua").unlink()
    tree.await_folders("lua")
    assert "lua/a.lua" in tree.moved()


def test_link_when_it_is_pointed_elsewhere_then_the_new_target_is_watched(tree: Tree) -> None:
    """HD10: a link that leads elsewhere is told, and leaves no watch behind."""
    tree.write("one/a.lua")
    tree.write("two/a.lua")
    tree.link("lua/a.lua", "one/a.lua")
    tree.start()
    tree.link("lua/a.lua", "two/a.lua")
    tree.await_folders("lua", "two")
    tree.await_told("lua/a.lua")
    tree.await_write("two/a.lua")


def test_link_when_two_share_a_target_then_one_may_go(tree: Tree) -> None:
    """H6, HD11: a folder that two links lead to is watched until both are gone."""
    tree.write("one/a.lua")
    tree.write("one/b.lua")
    tree.link("lua/a.lua", "one/a.lua")
    tree.link("lua/b.lua", "one/b.lua")
    tree.start()
    (tree.root / "lua/a.lua").unlink()
    tree.await_told("lua/a.lua")
    tree.await_write("one/a.lua")
    (tree.root / "lua/b.lua").unlink()
    tree.await_folders("lua")


def test_link_when_it_leads_to_a_folder_then_all_below_is_watched(tree: Tree) -> None:
    """A linked folder is watched with the folders below it, and new ones there."""
    tree.start()
    tree.link("lua/folder", "one")
    tree.await_folders("lua", "one", "one/deep")
    tree.await_write("one/deep/a.lua")
    (tree.root / "one/deep/er").mkdir()
    tree.await_write("one/deep/er/a.lua")


def test_link_when_its_target_comes_later_then_it_is_seen(tree: Tree) -> None:
    """A link may lead to nothing for a while, be it a file, a folder, or one in a folder to come."""
    for number, target in enumerate(("one/new.lua", "one/new", "new/er")):
        tree.link(f"lua/link{number}", target)
    tree.start()
    tree.await_write("one/new.lua")
    for folder in ("one/new", "new/er"):
        (tree.root / folder).mkdir(parents=True)
        tree.await_write(f"{folder}/a.lua")


def test_link_when_it_leads_to_a_link_then_each_step_is_watched(tree: Tree) -> None:
    """HD10: the second link of a chain may be pointed elsewhere, too."""
    tree.write("one/a.lua")
    (tree.root / "three").mkdir()
    tree.write("three/b.lua")
    tree.link("two/second.lua", "one/a.lua")
    tree.link("lua/first.lua", "two/second.lua")
    tree.start()
    tree.await_folders("lua", "one", "two")
    tree.link("two/second.lua", "three/b.lua")
    tree.await_told("lua/first.lua")
    tree.await_folders("lua", "three", "two")
    tree.await_write("three/b.lua")


def test_link_when_it_leads_in_a_circle_then_it_ends(tree: Tree) -> None:
    """Links to themselves, to each other and to a folder above are followed once."""
    (tree.root / "lua/self").symlink_to("self")
    (tree.root / "lua/up").symlink_to("../lua")
    (tree.root / "lua/over").symlink_to("../one")
    (tree.root / "one/back").symlink_to("../lua")
    tree.start()
    tree.await_folders("lua", "one", "one/deep")
    tree.watcher.unwatch(tree.root / "lua", recursive=True)
    tree.await_folders()


def test_link_when_the_watched_folder_is_one_then_it_is_followed(tree: Tree) -> None:
    """HD10: a folder watched by a link is watched where that leads, also when it is pointed elsewhere."""
    tree.link("current", "one")
    tree.watcher.start(tree.told.append)
    tree.watcher.watch(tree.root / "current", recursive=True)
    tree.await_folders("one", "one/deep")
    tree.write("two/a.lua")
    tree.link("current", "two")
    tree.await_folders("two")
    tree.await_told("two/a.lua")


def test_link_when_it_is_hidden_then_it_is_left_alone(tree: Tree) -> None:
    """The lock that Emacs keeps beside a file, a hidden link to nothing, is no change."""
    tree.start()
    (tree.root / "lua/.#a.lua").symlink_to("somebody@somewhere.4711")
    (tree.root / "lua/.#a.lua").unlink()
    tree.await_write("lua/a.lua")
    assert tree.names() == {"lua/a.lua"}
