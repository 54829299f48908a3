"""Reloading by the host, apart from what it does in a session."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from luahost import Host, LuaError

WriteSite = Callable[..., Path]


def test_reload_when_there_is_no_session_then_nothing_happens(site: WriteSite) -> None:
    """H9, HD15: a save that finds no session is taken by those that come later."""
    folder = site({"lua/main.lua": "x = 1"})
    with Host(folder, watch=False) as host:
        host.create_session().close()
        site({"lua/main.lua": "x = 2"})
        assert host.reload() is None
        assert host.create_session().eval("return x") == 2


def test_error_when_a_file_raises_then_its_name_is_the_path_from_the_site(site: WriteSite) -> None:
    """HD23: a file's chunk is named by its own path, also behind a link."""
    folder = site({"lua/real.lua": "return function() error('boom') end"})
    (folder / "lua" / "linked.lua").symlink_to(folder / "lua" / "real.lua")
    with Host(folder, watch=False) as host, pytest.raises(LuaError) as raised:
        host.create_session().eval("return require('linked')()")
    assert (raised.value.file, raised.value.line, raised.value.message) == ("lua/real.lua", 1, "boom")
