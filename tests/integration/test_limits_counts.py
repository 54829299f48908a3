"""Limits of rates and counts: output, ended turns in a row, modules, hooks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from luahost import Host, LimitExceeded, LuaError, Settings
from luahost.news import GuestError, LogLine

WriteSite = Callable[..., Path]


def test_print_when_it_is_too_much_then_the_rest_is_dropped(site: WriteSite, vm: str) -> None:
    """A session that floods the log is cut off for the rest of the second, and the log says so."""
    lines: list[LogLine] = []
    with Host(site({}), watch=False, settings=Settings(vm=vm)) as host:
        host.on("log", lines.append)
        host.create_session().execute("for i = 1, 30 do print(('x'):rep(100000)) end")
    assert sum(line.level == "print" for line in lines) < 30
    assert [line.message for line in lines if line.level == "warn"] == ["output above 1 MiB a second is dropped"]


def test_turns_when_five_in_a_row_are_ended_then_the_session_is_closed(site: WriteSite, vm: str) -> None:
    """A session that only runs into its limit is stopped and reported; a good turn starts the count anew."""
    errors: list[GuestError] = []
    with Host(site({}), watch=False, settings=Settings(vm=vm, time_limit_s=0.05)) as host:
        host.on("lua_error", errors.append)
        session = host.create_session()
        for good in (4, 5):
            for _ in range(good):
                with pytest.raises(LimitExceeded):
                    session.eval("while true do end")
            if not session.is_closed:
                session.eval("return 1")
        assert session.is_closed
        assert "5 turns in a row" in str(errors[-1].error)
        assert host.sessions == []


def test_recursion_when_it_fills_the_memory_then_the_error_says_what_it_can_be(site: WriteSite) -> None:
    """Lua says neither where memory ran out nor why: the text names the two usual causes."""
    with Host(site({}), watch=False) as host, pytest.raises(LimitExceeded, match=r"recursion .* memory_limit_mb"):
        host.create_session().eval("local function f() f() return 1 end f()")


def test_hooks_when_there_are_ten_thousand_then_one_more_is_an_error(site: WriteSite, vm: str) -> None:
    """Hooks are counted; those that were closed don't count."""
    with Host(site({}), watch=False, settings=Settings(vm=vm)) as host:
        session = host.create_session()
        session.execute("for i = 1, 20000 do session:onReload(print):close() end")
        session.execute("for i = 1, 10000 do session:onReload(print) end")
        with pytest.raises(LuaError, match="too many hooks"):
            session.execute("session:onClose(print)")
