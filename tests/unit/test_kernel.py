"""The kernel's chunks: what every session pays for when it is created."""

from __future__ import annotations

from importlib import resources

import pytest

from luahost.vm.builds import BUILDS
from luahost.vm.compiler import Compiler
from luahost.vm.kernel import CORE, core_chunk, room_chunk

MOST_BYTES = 19_300
"""Reading so much bytecode takes a third of a session's creation: a room that few sessions need is loaded later."""


@pytest.mark.parametrize("vm", BUILDS)
def test_core_chunk_when_compiled_then_it_is_small(vm: str) -> None:
    """What each session reads when it is created stays within its bound."""
    assert len(core_chunk(vm)) <= MOST_BYTES


@pytest.mark.parametrize("vm", BUILDS)
def test_room_chunk_when_compiled_then_it_has_no_debug_information(vm: str) -> None:
    """A room that is loaded later is stripped, too."""
    room = resources.files("luahost.kernel").joinpath("reload.lua").read_bytes()
    assert len(room_chunk(vm, "reload")) < 0.8 * len(Compiler(vm).compile(room, "=kernel"))


def test_core_when_listed_then_each_room_is_there_once() -> None:
    """No room is run twice in a session."""
    assert len(set(CORE)) == len(CORE)
