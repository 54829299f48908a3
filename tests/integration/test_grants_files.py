"""Grants: a sandbox with `io` and `os` reaches the site's files, and no others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from live_site import LiveSite

from luahost import LuaError

StartSite = Callable[..., LiveSite]


@pytest.fixture
def live(start_site: StartSite, vm: str, tmp_path_factory: pytest.TempPathFactory) -> LiveSite:
    """A session with `io` and `os` on a site with files, and with links that lead out of it."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.txt").write_text("secret")
    live = start_site({"data/a.txt": "one\ntwo 12.5 x\n", ".luahost/history": "typed"}, vm=vm, allow=("io", "os"))
    (live.root / "file_link").symlink_to(outside / "secret.txt")
    (live.root / "folder_link").symlink_to(outside)
    (live.root / "new_link").symlink_to(outside / "new.txt")
    (live.root / "inner_link").symlink_to("data/a.txt")
    (live.root / "outside").write_text(str(outside))
    return live


def outside_of(live: LiveSite) -> Path:
    """Returns the folder that the links lead to."""
    return Path((live.root / "outside").read_text())


def test_read_when_a_file_is_in_the_site_then_formats_are_luas(live: LiveSite) -> None:
    """`open`, `lines`, `type` and files' methods are Lua's own, relative to the site."""
    assert live.eval("local f = io.open('data/a.txt') return f:read('*l', 3, '*n', '*a')") == (
        "one",
        "two",
        12.5,
        " x\n",
    )
    assert live.eval("local t = {} for l in io.lines('inner_link') do t[#t + 1] = l end return t") == [
        "one",
        "two 12.5 x",
    ]
    assert live.eval(f"local f = io.open('{live.root}/data/a.txt') f:close() return io.type(f)") == "closed file"


def test_write_when_the_folder_is_in_the_site_then_the_file_is_made(live: LiveSite) -> None:
    """New files are written where their folder is the site's."""
    live.session.execute("local f = io.open('data/new.txt', 'w') f:write('a', 1, '\\n') f:close()")
    assert (live.root / "data/new.txt").read_text() == "a1\n"


@pytest.mark.parametrize("mode", ["r", "w", "a+"])
@pytest.mark.parametrize(
    "name",
    ["file_link", "folder_link/secret.txt", "folder_link/x.txt", "new_link", "../x", "data/../../x", "/etc/passwd"],
)
def test_open_when_the_path_leads_out_then_is_refused(live: LiveSite, name: str, mode: str) -> None:
    """Links, `..` and absolute paths are resolved first; nothing outside is read, changed or made."""
    answer = live.eval(f"return io.open('{name}', '{mode}')")
    assert answer == (None, f"{name}: the path leads out of the site", 13)
    assert sorted(os.listdir(outside_of(live))) == ["secret.txt"]
    assert (outside_of(live) / "secret.txt").read_text() == "secret"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".luahost/history", "hidden"),
        ("data/../.luahost/x", "hidden"),
        ("data", "Is a directory"),
        ("pipe", "not a plain file"),
        ("a\\0b", "NUL"),
        ("x/" * 3000, "too long"),
    ],
)
def test_open_when_it_is_no_file_of_the_guests_then_says_why(live: LiveSite, name: str, reason: str) -> None:
    """What is hidden, could block the turn, or is no name at all is refused with the reason."""
    os.mkfifo(live.root / "pipe")
    assert reason in live.eval(f"local f, reason = io.open('{name}', 'w') return reason")


@pytest.mark.parametrize(
    "change", ["io.open('luahost.toml', 'w')", "os.remove('luahost.toml')", "os.rename('data/a.txt', 'luahost.toml')"]
)
def test_settings_when_a_guest_would_change_them_then_it_can_not(live: LiveSite, change: str) -> None:
    """A session can't grant itself more by the site's settings."""
    live.write({"luahost.toml": "trust = 'sandbox'\n"})
    assert "settings can't be changed" in live.eval(f"local _, reason = {change} return reason")
    assert live.eval("return io.open('luahost.toml'):read('*a')") == "trust = 'sandbox'\n"


def test_remove_when_it_is_a_link_then_the_link_goes_and_its_target_stays(live: LiveSite) -> None:
    """`remove` and `rename` are about the entry in the site's folder."""
    assert live.eval("return os.remove('file_link'), os.rename('data/a.txt', 'b.txt')") == (True, True)
    assert not (live.root / "file_link").is_symlink()
    assert (live.root / "b.txt").exists()
    assert (outside_of(live) / "secret.txt").exists()


@pytest.mark.parametrize("name", ["folder_link/secret.txt", "../x", ".", "data/..", ""])
def test_remove_when_the_path_leads_out_then_is_refused(live: LiveSite, name: str) -> None:
    """Nothing outside is removed, moved away or overwritten, nor the site's own folder."""
    calls = f"return (os.remove('{name}')), (os.rename('{name}', 'y')), (os.rename('data/a.txt', '{name}'))"
    assert live.eval(calls) == (None, None, None)
    assert (outside_of(live) / "secret.txt").exists()


def test_open_when_the_file_is_not_there_then_the_reason_names_it_as_the_guest_did(live: LiveSite) -> None:
    """What Lua says of the real path is told of the guest's."""
    assert live.eval("return io.open('data/none.txt')") == (None, "data/none.txt: No such file or directory", 2)
    assert live.eval("return os.remove('none')") == (None, "none: No such file or directory", 2)


def test_open_when_very_many_are_open_then_is_refused_until_some_are_closed(live: LiveSite) -> None:
    """One session can't use up the files that the process may open; those that it dropped count no more."""
    count = "t = {} for i = 1, 150 do t[i] = io.open('data/a.txt') end return #t, select(2, io.open('data/a.txt'))"
    assert live.eval(count) == (100, "data/a.txt: more than 100 files are open", 24)
    live.session.execute("t = nil")
    live.session.execute("for i = 1, 1000 do assert(io.open('data/a.txt')) end")


def test_lines_when_it_fails_then_the_error_is_at_the_guests_line(live: LiveSite) -> None:
    """`lines` raises where `open` answers a reason, as Lua's does."""
    with pytest.raises(LuaError, match=r"^x.lua:1: none: No such file"):
        live.session.execute("for _ in io.lines('none') do end", name="@x.lua")
    with pytest.raises(LuaError, match=r"^x.lua:1: bad argument #1 to 'open' \(string expected"):
        live.session.execute("local f = io.open(nil)", name="@x.lua")


def test_file_when_a_guest_reaches_for_its_metatable_then_it_is_out_of_reach(live: LiveSite) -> None:
    """The finaliser of files can't be replaced."""
    assert live.eval("return getmetatable(io.open('data/a.txt'))") == "FILE*"
