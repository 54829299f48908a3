"""The tree watcher, over folder events that a test makes."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from luahost.errors import WatchError
from luahost.reload.folder_events import FolderEvent, Kind, OnEvents
from luahost.reload.tree_watcher import TreeWatcher
from luahost.reload.watcher import Change


class Events:
    """Folder events by hand. `room` is how many folders the system lets be watched."""

    def __init__(self, room: int = 100, opening: OSError | None = None) -> None:
        self.room = room
        self.watched: list[str] = []
        self._opening = opening
        self._on_events: OnEvents = lambda events: None

    def open(self, on_events: OnEvents) -> None:
        if self._opening:
            raise self._opening
        self._on_events = on_events

    def add(self, folder: str) -> None:
        if not Path(folder).is_dir():
            raise FileNotFoundError(folder)
        if len(self.watched) >= self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.watched.append(folder)

    def remove(self, folder: str) -> None:
        if folder in self.watched:
            self.watched.remove(folder)

    def close(self) -> None:
        self._on_events = lambda events: None

    def tell(self, *events: tuple[Kind, Path | str]) -> None:
        found: Sequence[FolderEvent] = [FolderEvent(kind, str(path)) for kind, path in events]
        self._on_events(found)


@pytest.fixture
def lua(tmp_path: Path) -> Path:
    folder = tmp_path / "lua"
    folder.mkdir()
    return folder


def test_start_when_there_are_no_instances_left_then_the_error_names_the_limit() -> None:
    """A user has 128 inotify instances; the error says how to have more, and how to do without."""
    watcher = TreeWatcher(Events(opening=OSError(errno.EMFILE, "Too many open files")))
    with pytest.raises(WatchError) as caught:
        watcher.start(lambda change: None)
    for part in ("fs.inotify.max_user_instances", "sudo sysctl", "--poll", "poll_s"):
        assert part in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_watch_when_there_are_no_watches_left_then_the_error_names_the_limit(lua: Path) -> None:
    """What could be watched is, and the error tells how much could not and what to do."""
    for number in range(5):
        (lua / f"folder{number}").mkdir()
    watcher = TreeWatcher(Events(room=3))
    watcher.start(lambda change: None)
    with pytest.raises(WatchError, match=r"and \d more folders can't be watched.*fs\.inotify\.max_user_watches"):
        watcher.watch(lua, recursive=True)
    assert str(lua) in watcher.folders()


def test_folder_when_there_are_no_watches_left_then_the_error_is_told_and_others_go_on(lua: Path) -> None:
    """HD22: what can't be watched later on is told, and stops nothing."""
    events, told, errors = Events(), list[Change](), list[WatchError]()
    watcher = TreeWatcher(events)
    watcher.start(told.append, errors.append)
    watcher.watch(lua, recursive=True)
    events.room = 0
    (lua / "new").mkdir()
    events.tell((Kind.CREATED, lua / "new"), (Kind.WRITTEN, lua / "a.lua"))
    assert ["lua/new can't be watched" in str(error) for error in errors] == [True]
    assert str(lua / "a.lua") in told[0].paths


def test_callback_when_it_raises_then_the_next_change_is_told(lua: Path) -> None:
    """HD22: an error while a change is handled is logged, and the watcher goes on."""
    events, told = Events(), list[Change]()
    watcher = TreeWatcher(events)
    watcher.start(lambda change: (told.append(change), 1 / 0))
    watcher.watch(lua, recursive=True)
    for name in ("a.lua", "b.lua"):
        events.tell((Kind.WRITTEN, lua / name))
    assert [change.paths for change in told] == [(str(lua / "a.lua"),), (str(lua / "b.lua"),)]


def test_file_when_it_is_created_then_it_counts_when_it_was_written(lua: Path) -> None:
    """A file that has just been created is told when it is complete."""
    events, told = Events(), list[Change]()
    watcher = TreeWatcher(events)
    watcher.start(told.append)
    watcher.watch(lua, recursive=True)
    (lua / "a.lua").write_text("retu")
    events.tell((Kind.CREATED, lua / "a.lua"))
    assert told == []
    events.tell((Kind.WRITTEN, lua / "a.lua"))
    assert [change.paths for change in told] == [(str(lua / "a.lua"),)]


def test_watch_when_it_comes_before_the_start_then_it_counts_from_then(lua: Path) -> None:
    """HD18: until the watcher is started nothing is watched, and nothing forgotten."""
    events = Events()
    watcher = TreeWatcher(events)
    watcher.watch(lua, recursive=True)
    assert events.watched == []
    watcher.start(lambda change: None)
    assert str(lua) in events.watched


def test_unwatch_when_nothing_is_left_then_no_folder_is_watched(lua: Path) -> None:
    """HD9: the folders above, watched for the case that one is made again, are let go as well."""
    (lua / "deep").mkdir()
    events = Events()
    watcher = TreeWatcher(events)
    watcher.start(lambda change: None)
    watcher.watch(lua, recursive=True)
    assert sorted(events.watched) == [str(lua.parent), str(lua), str(lua / "deep")]
    watcher.unwatch(lua, recursive=True)
    assert events.watched == []


def test_folder_when_a_late_event_says_it_went_then_it_is_watched_anew(lua: Path) -> None:
    """An event of a folder's former life does not end the watch of its successor."""
    events, told = Events(), list[Change]()
    watcher = TreeWatcher(events)
    watcher.start(told.append)
    watcher.watch(lua, recursive=True)
    events.watched.remove(str(lua))
    events.tell((Kind.UNWATCHED, lua))
    assert str(lua) in events.watched
