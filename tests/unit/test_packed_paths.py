"""Paths as the bytes that cross."""

from __future__ import annotations

import pytest

from luahost.errors import ConversionError
from luahost.vm.packed_paths import LONGEST_PATH, MOST_PATHS, PackedPaths


def test_path_when_asked_for_twice_then_is_packed_once() -> None:
    """The same path gives the same bytes."""
    paths = PackedPaths()
    assert paths["app.ä"] == "app.ä".encode()
    assert paths["app.ä"] is paths["app.ä"]


def test_path_when_too_long_then_is_refused_and_not_kept() -> None:
    """A path has a longest length."""
    paths = PackedPaths()
    assert len(paths["x" * LONGEST_PATH]) == LONGEST_PATH
    with pytest.raises(ConversionError, match="at most 4096"):
        paths["x" * (LONGEST_PATH + 1)]
    assert len(paths) == 1


def test_paths_when_there_are_too_many_then_they_begin_anew() -> None:
    """What is kept has a bound."""
    paths = PackedPaths()
    for n in range(MOST_PATHS + 1):
        assert paths[f"p{n}"] == b"p%d" % n
    assert len(paths) == 1
