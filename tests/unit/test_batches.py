"""Batches: changes gathered by a thread, under a clock that the test moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from luahost.reload.batches import Batch, Batches
from luahost.reload.watcher import Change
from luahost.testing.fake_clock import FakeClock


class Gatherer:
    """Batches with what they handed on, a clock, and a set of files that are empty."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.taken: list[Batch] = []
        self.empty: set[str] = set()
        self.looks = 0
        self.on_batch: Callable[[Batch], None] = self.taken.append
        self.batches = Batches(self.clock, lambda batch: self.on_batch(batch), is_empty=self._is_empty)

    def put(self, *paths: str) -> None:
        self.batches.put(Change(paths))

    def _is_empty(self, path: str) -> bool:
        self.looks += 1
        return path in self.empty


@pytest.fixture
def gatherer() -> Iterator[Gatherer]:
    gatherer = Gatherer()
    yield gatherer
    gatherer.batches.close()


def test_batch_when_the_wait_is_over_then_it_has_all_paths(gatherer: Gatherer, wait_until: Callable[..., None]) -> None:
    """H3, HD3: paths that came together are one batch, which says when it began."""
    began_s = gatherer.clock.now()
    gatherer.put("a.lua", "b.lua")
    gatherer.put("a.lua", "c.lua")
    gatherer.clock.advance(0.020)
    wait_until(lambda: gatherer.taken)
    assert gatherer.taken == [Batch(("a.lua", "b.lua", "c.lua"), (), False, began_s)]


def test_batch_when_time_stands_then_there_is_none(gatherer: Gatherer, wait_until: Callable[..., None]) -> None:
    """H8: what comes 20 ms after another file is a second batch."""
    for path, step_s in (("a.lua", 0.010), ("b.lua", 0.020)):
        gatherer.put(path)
        before = len(gatherer.taken)
        gatherer.clock.advance(step_s)
        wait_until(lambda before=before: len(gatherer.taken) > before)
        gatherer.clock.advance(0.005)
    assert [batch.paths for batch in gatherer.taken] == [("a.lua",), ("b.lua",)]


def test_put_when_no_lua_file_changed_then_nothing_is_gathered(
    gatherer: Gatherer, wait_until: Callable[..., None]
) -> None:
    """H4, HD5: other files don't count; they neither make a batch nor prolong one."""
    gatherer.put("a.txt", "b.json", "c.lua~", "4913")
    gatherer.put("d.lua")
    gatherer.put("e.txt")
    gatherer.clock.advance(0.010)
    wait_until(lambda: gatherer.taken)
    assert [batch.paths for batch in gatherer.taken] == [("d.lua",)]


def test_put_when_other_suffixes_are_asked_for_then_they_count(wait_until: Callable[..., None]) -> None:
    """VD3: which files count is a parameter."""
    clock, taken = FakeClock(), []
    batches = Batches(clock, taken.append, suffixes=[".lua", ".html"], is_empty=lambda _: False)
    batches.put(Change(("a.html", "b.css")))
    clock.advance(0.010)
    wait_until(lambda: taken)
    assert taken[0].paths == ("a.html",)
    batches.close()


def test_put_when_a_folder_moved_or_events_were_lost_then_it_counts(
    gatherer: Gatherer, wait_until: Callable[..., None]
) -> None:
    """HD4: folders and links that moved, and a loss of events, are handed on with the next batch, once."""
    gatherer.batches.put(Change((), moved=("/site/lua/folder",), lost=True))
    gatherer.clock.advance(0.010)
    wait_until(lambda: gatherer.taken)
    gatherer.put("a.lua")
    gatherer.clock.advance(0.2)
    wait_until(lambda: len(gatherer.taken) == 2)
    assert [(batch.moved, batch.lost) for batch in gatherer.taken] == [
        (("/site/lua/folder",), True),
        ((), False),
    ]


def test_put_when_a_file_has_become_empty_then_the_batch_waits_for_its_content(
    gatherer: Gatherer, wait_until: Callable[..., None]
) -> None:
    """A file that was emptied to be written anew isn't taken while it is empty."""
    gatherer.empty.add("a.lua")
    gatherer.put("a.lua")
    gatherer.clock.advance(0.150)
    gatherer.empty.clear()
    gatherer.put("a.lua")
    wait_until(lambda: gatherer.taken)
    assert [batch.paths for batch in gatherer.taken] == [("a.lua",)]


def test_put_when_a_file_is_emptied_just_before_the_batch_then_it_waits_200_ms(
    gatherer: Gatherer, wait_until: Callable[..., None]
) -> None:
    """A save that begins while another is pending is waited for as well, and not for ever."""
    gatherer.put("a.lua")
    gatherer.empty.add("a.lua")
    gatherer.clock.advance(0.010)
    wait_until(lambda: gatherer.looks == 2)
    assert gatherer.taken == []
    gatherer.clock.advance(0.200)
    wait_until(lambda: gatherer.taken)


def test_put_when_a_batch_is_being_handled_then_paths_wait_for_the_next(
    gatherer: Gatherer, wait_until: Callable[..., None]
) -> None:
    """Batches come one at a time, however long one takes."""
    gate = threading.Event()
    gatherer.on_batch = lambda batch: (gatherer.taken.append(batch), gate.wait(10))
    gatherer.put("a.lua")
    gatherer.clock.advance(0.010)
    wait_until(lambda: gatherer.taken)
    gatherer.put("b.lua")
    gatherer.clock.advance(1.0)
    assert len(gatherer.taken) == 1
    gate.set()
    wait_until(lambda: len(gatherer.taken) == 2)


def test_callback_when_it_raises_then_the_next_batch_comes(gatherer: Gatherer, wait_until: Callable[..., None]) -> None:
    """HD22: a failing callback is logged, and stops nothing."""
    gatherer.on_batch = lambda batch: (gatherer.taken.append(batch), 1 / 0)
    for number in (1, 2):
        gatherer.put("a.lua")
        gatherer.clock.advance(0.2)
        wait_until(lambda number=number: len(gatherer.taken) == number)


def test_close_when_a_batch_is_pending_then_it_is_dropped(gatherer: Gatherer) -> None:
    """H10, H11, HD19, HD20: closing takes no second, drops what is pending, and may be done twice."""
    gatherer.put("a.lua")
    began_s = time.monotonic()
    gatherer.batches.close()
    gatherer.batches.close()
    gatherer.clock.advance(1.0)
    assert time.monotonic() - began_s < 1.0
    assert gatherer.taken == []


def test_put_when_a_file_was_deleted_meanwhile_then_it_is_a_path_like_others(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """H12, HD21: a file written and deleted at once makes a batch, and no error."""
    clock, taken = FakeClock(), []
    batches = Batches(clock, taken.append)
    batches.put(Change((str(tmp_path / "gone.lua"),)))
    clock.advance(0.010)
    wait_until(lambda: taken)
    batches.close()
