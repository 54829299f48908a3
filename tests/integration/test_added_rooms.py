"""Rooms that a host adds to a session's kernel: what specs are made of, and out of the guest's reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from spec_runs import WriteSite

from luahost import Host, LuaError, Session, Settings
from luahost.vm.compiler import Compiler

ROOM = b"""
local K, host, rooms = ...
local M = {}
function M.sum(a, b) return a + b end
function M.names()
  local names = {}
  for name in next, rooms do names[#names + 1] = name end
  return names
end
return M
"""


@pytest.fixture
def session(site: WriteSite, vm: str) -> Iterator[Session]:
    """Returns a session on each VM."""
    with Host(site({}), watch=False, settings=Settings(vm=vm)) as host:
        yield host.create_session()


def test_room_when_added_then_its_functions_answer(session: Session, vm: str) -> None:
    """An added room is called by its name and a function's."""
    session.ask_added("sums", "add", Compiler(vm).compile(ROOM, "=kernel", strip=True))
    assert session.ask_added("sums", "sum", 1, 2) == 3


def test_room_when_others_were_added_then_it_sees_them(session: Session, vm: str) -> None:
    """Rooms that come later have those before them."""
    code = Compiler(vm).compile(ROOM, "=kernel", strip=True)
    session.ask_added("one", "add", code)
    session.ask_added("two", "add", code)
    assert sorted(session.ask_added("two", "names")) == ["one", "two"]


def test_room_when_it_was_not_added_then_says_so(session: Session) -> None:
    """A session has no rooms but its kernel's, until somebody adds one."""
    with pytest.raises(LuaError, match="no room 'specs' was added"):
        session.ask_added("specs", "start", 1)


def test_room_when_added_then_the_guest_has_nothing_of_it(session: Session, vm: str) -> None:
    """Neither globals nor modules lead to it."""
    session.ask_added("sums", "add", Compiler(vm).compile(ROOM, "=kernel", strip=True))
    assert session.eval("return sums == nil and package.loaded.sums == nil and rawget(_G, 'rooms') == nil") is True
