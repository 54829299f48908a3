"""Names: what they stand for, and whether one has come to stand for another file."""

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


def test_relocate_when_a_link_was_pointed_elsewhere_then_answers_anew_after_a_look(lua: Path) -> None:
    """A name means what it meant at the last look, for all sessions of a reload."""
    names = Names(Site(lua.parent))
    point(lua, "one.lua")
    before = names.relocate(b"x")
    point(lua, "two.lua")
    still = names.relocate(b"x")
    names.have_moved()
    assert (before, still, names.relocate(b"x")) == (b"lua/one.lua", b"lua/one.lua", b"lua/two.lua")


def test_relocate_when_a_file_comes_later_then_finds_it(lua: Path) -> None:
    """That there is no such file is not remembered."""
    names = Names(Site(lua.parent))
    with pytest.raises(ModuleNotFound):
        names.relocate(b"x")
    (lua / "x.lua").touch()
    assert names.relocate(b"x") == b"lua/x.lua"


def test_have_moved_when_nothing_did_then_tells_so(lua: Path) -> None:
    """Sessions need not be asked for their names then; a file that is gone has not moved."""
    names = Names(Site(lua.parent))
    point(lua, "one.lua")
    (lua / "y.lua").touch()
    assert (names.locate("x"), names.locate("y")) == ("lua/one.lua", "lua/y.lua")
    (lua / "y.lua").unlink()
    assert not names.have_moved()


@pytest.mark.parametrize("name", ["x", "lua/x.lua", "./lua//x.lua"])
def test_have_moved_when_a_link_was_pointed_elsewhere_then_tells_so_from_then_on(lua: Path, name: str) -> None:
    """Sessions that were busy at the first look are asked at a later one."""
    names = Names(Site(lua.parent))
    point(lua, "one.lua")
    names.locate(name)
    point(lua, "two.lua")
    first = names.have_moved()
    names.locate(name)
    assert (first, names.have_moved()) == (True, True)


def test_have_moved_when_a_name_was_answered_anew_before_the_look_then_tells_so(lua: Path) -> None:
    """Others were given the file that it meant before."""
    names = Names(Site(lua.parent))
    point(lua, "one.lua")
    names.locate("x")
    point(lua, "two.lua")
    names.locate("x")
    assert names.have_moved()


def test_have_moved_when_there_are_too_many_names_then_tells_so(lua: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What isn't kept can't be looked at: sessions are asked then."""
    monkeypatch.setattr("luahost.loading.names.MOST_NAMES", 2)
    names = Names(Site(lua.parent))
    (lua / "x.lua").touch()
    told = []
    for name in ("x", "lua/x.lua", "x", "lua//x.lua"):
        names.locate(name)
        told.append(names.have_moved())
    assert told == [False, False, False, True]


def test_locate_when_somebody_looks_meanwhile_then_answers_what_holds_then(lua: Path) -> None:
    """A look that could not know of this name yet would not have asked the session for it."""
    site = Site(lua.parent)
    names = Names(site)
    point(lua, "one.lua")
    found = site.locate

    def locate(name: str) -> str:
        key = found(name)
        site.locate = found  # type: ignore[method-assign]
        point(lua, "two.lua")
        names.have_moved()
        return key

    site.locate = locate  # type: ignore[method-assign]
    assert names.locate("x") == "lua/two.lua"
