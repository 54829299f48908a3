"""Names: looked up once for all sessions, anew when links have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from luahost.errors import ModuleNotFound
from luahost.loading.names import Names
from luahost.loading.site import Site


@pytest.fixture
def lua(tmp_path: Path) -> Path:
    """Returns the `lua` folder of an empty site."""
    (tmp_path / "lua").mkdir()
    return tmp_path / "lua"


def point(lua: Path, name: str) -> None:
    """Points the link `x.lua` to a file."""
    (lua / name).touch()
    (lua / "x.lua").unlink(missing_ok=True)
    (lua / "x.lua").symlink_to(name)


def test_locate_when_a_link_was_pointed_elsewhere_then_answers_anew_after_forget(lua: Path) -> None:
    """A name means what it meant at the first look, until names are forgotten."""
    names = Names(Site(lua.parent))
    point(lua, "one.lua")
    before = names.locate(b"x")
    point(lua, "two.lua")
    still = names.locate(b"x")
    names.forget()
    assert (before, still, names.locate(b"x")) == (b"lua/one.lua", b"lua/one.lua", b"lua/two.lua")


def test_locate_when_a_file_comes_later_then_finds_it(lua: Path) -> None:
    """That there is no such file is not remembered."""
    names = Names(Site(lua.parent))
    with pytest.raises(ModuleNotFound):
        names.locate(b"x")
    (lua / "x.lua").touch()
    assert names.locate(b"x") == b"lua/x.lua"
