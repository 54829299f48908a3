"""What `session`, `ui` and the libraries hold, whether or not anybody has used the rare part of it yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from luahost import Host, LuaError, Session, Settings

TABLES = {
    "session": ["create", "loaded", "onReload", "persist", "setTimeout", "unloadModule", "watchProperty"],
    "ui": ["json_decode", "json_encode", "log", "registerPresenter"],
    "package": ["cpath", "loaded", "path", "preload"],
    "string": ["find", "format", "gsub", "rep", "upper"],
    "table": ["concat", "getn", "insert", "sort", "unpack"],
    "math": ["floor", "pow"],
    "coroutine": ["resume", "wrap", "yield"],
}


@pytest.mark.parametrize("name", TABLES)
def test_pairs_when_nothing_was_used_yet_then_all_is_listed(session: Session, name: str) -> None:
    """A walk over a table of the API meets what is rarely used, too."""
    listed = session.eval(f"local all = {{}} for k in pairs({name}) do all[#all + 1] = k end return all")
    assert set(TABLES[name]) <= set(listed)


@pytest.mark.parametrize("name", TABLES)
def test_getmetatable_when_nothing_was_used_yet_then_there_is_none(session: Session, name: str) -> None:
    """These tables are plain ones."""
    assert session.eval(f"return getmetatable({name})") is None


@pytest.mark.parametrize("name", TABLES)
def test_setmetatable_when_nothing_was_used_yet_then_all_stays(session: Session, name: str) -> None:
    """An application may give them a metatable of its own."""
    session.execute(f"setmetatable({name}, {{ __index = {{ mine = 1 }} }})")
    fields = " and ".join(f"{name}.{field} ~= nil" for field in TABLES[name])
    assert session.eval(f"return {fields}, {name}.mine") == (True, 1)


def test_method_when_replaced_before_any_was_used_then_the_replacement_stays(session: Session) -> None:
    """What the application puts in first isn't overwritten by what comes later."""
    session.execute("function session:loaded() return 'mine' end function string.rep() return 'mine' end")
    assert session.eval("session:clearTimeout(1) return session:loaded(), ('x'):rep(3), ('ax'):find('x')") == (
        "mine",
        "mine",
        2,
        2,
    )


def test_method_when_its_module_writes_it_no_more_then_the_kernels_is_back(
    site: Callable[..., object], tmp_path: Path, vm: str
) -> None:
    """A module's replacement of a method goes with the line that made it."""
    site({"lua/main.lua": "require('low')", "lua/low.lua": "function session:loaded() return 'mine' end"})
    with Host(str(tmp_path), watch=False, settings=Settings(vm=vm)) as host:
        session = host.create_session()
        assert session.eval("return session:loaded()") == "mine"
        site({"lua/low.lua": "x = 1"})
        host.reload()
        assert session.eval("return session:loaded()") == ["lua/low.lua", "lua/main.lua"]


def test_method_when_first_used_by_a_load_that_fails_then_it_is_there_still(session: Session) -> None:
    """A load that is taken back takes no method along, and `session` is the plain table that it was."""
    with pytest.raises(LuaError, match="boom"):
        session.execute("kept = session.loaded error('boom')")
    session.execute("once = session.loaded")
    assert session.eval("return once == session.loaded, #session:loaded(), getmetatable(session)") == (True, 0, None)
