"""`luahost check`: files and folders that can't be read, or are no text."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from checked_site import CheckedSite

from luahost.checking import reading
from luahost.errors import SiteError

WriteSite = Callable[[Mapping[str, str]], Path]


def told(checked: CheckedSite, **settings: Any) -> list[str]:
    """Returns what is said of a site whose files are there already."""
    found = checked.report({}, **settings).findings
    return [f"{each.file}:{each.line}:{each.column}: {each.message} [{each.lint}]" for each in found]


def test_site_when_there_is_no_lua_then_says_what_to_name(checked: CheckedSite) -> None:
    """A folder without `lua/` and `apps/` is no site."""
    with pytest.raises(SiteError, match=r"there is no lua/ and no apps/ in this folder: name the folder of a site"):
        checked.report({"main.lua": ""})


def test_site_when_there_is_an_empty_lua_then_nothing_is_said(checked: CheckedSite, tmp_path: Path) -> None:
    """No file is no trouble."""
    (tmp_path / "lua").mkdir()
    report = checked.report({})
    assert (report.files, report.findings) == (0, ())


def test_roots_when_one_is_no_folder_then_a_note_names_it(checked: CheckedSite, tmp_path: Path) -> None:
    """What can't come from there may be what a `require` misses."""
    report = checked.report({"lua/main.lua": ""}, roots=(str(tmp_path), str(tmp_path / "gone")))
    (note,) = report.notes
    assert note.startswith(f"roots: {tmp_path}/gone is no folder: ")
    assert report.findings == ()


def test_file_when_it_is_binary_then_is_found_at_its_first_nul(checked: CheckedSite, tmp_path: Path) -> None:
    """Neither bytecode nor UTF-16 is source text."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "a.lua").write_bytes(b"local x\nx\0y")
    (tmp_path / "lua" / "b.lua").write_bytes(b"\x1bLua")
    assert told(checked) == [
        "lua/a.lua:2:2: has NUL bytes: it is binary, or text that must be saved as UTF-8 [unreadable]",
        "lua/b.lua:1:1: is Lua bytecode: only source text is loaded [unreadable]",
    ]


def test_file_when_it_is_not_utf8_then_is_found_at_the_byte_and_checked_nevertheless(
    checked: CheckedSite, tmp_path: Path
) -> None:
    """Lua takes any bytes; columns behind the wrong one still count characters."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "a.lua").write_bytes("-- é\nlocal x = 'caf".encode() + b"\xe9' require('gone')\n")
    assert [line.rpartition("[")[2] for line in told(checked)] == ["not-utf8]", "unresolved-require]"]
    assert told(checked)[0].startswith("lua/a.lua:2:15: the byte 0xe9 is no UTF-8")
    assert told(checked)[1].startswith("lua/a.lua:2:26: ")


def test_file_when_it_has_a_mark_or_a_first_line_for_the_shell_then_places_stay(
    checked: CheckedSite, tmp_path: Path
) -> None:
    """What Lua's loader leaves out moves nothing."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "a.lua").write_bytes(b"\xef\xbb\xbflocal x = require('gone')\r\nrequire('gone')")
    (tmp_path / "lua" / "b.lua").write_bytes(b"#!/usr/bin/lua\nrequire('gone')")
    places = [line.partition(": ")[0] for line in told(checked)]
    assert places == ["lua/a.lua:1:19", "lua/a.lua:2:9", "lua/b.lua:2:9"]


def test_file_when_it_is_huge_then_a_note_says_that_nobody_looked(
    checked: CheckedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Generated data is no trouble; that it was left out is told."""
    monkeypatch.setattr(reading, "MOST_BYTES", 1024)
    report = checked.report({"lua/data.lua": "x = = 1 " * 200, "viewdefs/P.DEFAULT.html": "<b ui-x>" * 200})
    assert report.findings == ()
    assert sorted(report.notes) == [
        "lua/data.lua: not looked at: it is longer than 1 KiB",
        "viewdefs/P.DEFAULT.html: not looked at: it is longer than 1 KiB",
    ]


def test_link_when_it_leads_back_then_is_found_once_and_not_followed(checked: CheckedSite, site: WriteSite) -> None:
    """Links in a circle end nothing."""
    root = site({"lua/main.lua": "", "apps/a/app.lua": "x = = 1"})
    (root / "apps" / "a" / "loop").symlink_to("..")
    (root / "lua" / "site").symlink_to(root)
    assert told(checked)[0] == "apps/a/app.lua:1:5: unexpected symbol near '=' [syntax]"
    assert told(checked)[1:] == [
        "apps/a/loop:1:1: the link leads back to apps: remove it [link-circle]",
        "lua/site:1:1: the link leads back to the site: remove it [link-circle]",
    ]


def test_link_when_it_leads_nowhere_or_to_itself_then_is_found(checked: CheckedSite, site: WriteSite) -> None:
    """A file that is only named can't be required."""
    root = site({"lua/main.lua": ""})
    (root / "lua" / "gone.lua").symlink_to("nowhere.lua")
    (root / "lua" / "self.lua").symlink_to("self.lua")
    (root / "lua" / "notes.txt").symlink_to("nowhere.txt")
    assert told(checked) == [
        "lua/gone.lua:1:1: is a link that leads nowhere (No such file or directory): remove it, or point it elsewhere "
        "[unreadable]",
        "lua/self.lua:1:1: is a link that leads nowhere (Too many levels of symbolic links): remove it, or point it "
        "elsewhere [unreadable]",
    ]


def test_link_when_it_leads_out_then_roots_decide(
    checked: CheckedSite, site: WriteSite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Files outside the site are its own where the settings say so, each once."""
    root, shared = site({"lua/main.lua": 'require("shared.tools")'}), tmp_path_factory.mktemp("shared")
    (shared / "tools.lua").write_text("x = = 1")
    (root / "lua" / "shared").symlink_to(shared)
    (root / "lua" / "again.lua").symlink_to(shared / "tools.lua")
    outside = f"outside the site: add '{shared}' to `roots` [unreadable]"
    assert [line for line in told(checked) if line.endswith(outside)] == [
        f"lua/again.lua:1:1: is a link to {shared}/tools.lua, {outside}",
        f"lua/shared:1:1: is a link to {shared}, {outside}",
    ]
    (line,) = told(checked, roots=(str(shared),))
    assert line.endswith("/tools.lua:1:5: unexpected symbol near '=' [syntax]")


def test_file_when_it_is_a_pipe_then_is_found_and_not_waited_for(checked: CheckedSite, site: WriteSite) -> None:
    """What is no plain file is never opened."""
    root = site({"lua/main.lua": 'require("pipe")'})
    os.mkfifo(root / "lua" / "pipe.lua")
    assert "lua/pipe.lua:1:1: is no plain file (a pipe, a socket or a device): remove it [unreadable]" in told(checked)


def refused(call: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Returns a call that this user may not do with one path, as root may do everything."""

    def refuse(path: Any, *more: Any, **options: Any) -> Any:
        if str(path).endswith(name):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return call(path, *more, **options)

    return refuse


def test_folder_when_it_can_not_be_read_then_is_found(
    checked: CheckedSite, site: WriteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of the site is checked."""
    site({"lua/main.lua": "x = = 1", "lua/secret/a.lua": ""})
    monkeypatch.setattr(os, "listdir", refused(os.listdir, "secret"))
    assert told(checked) == [
        "lua/main.lua:1:5: unexpected symbol near '=' [syntax]",
        "lua/secret:1:1: can't be read (Permission denied): give this user the right to read it [unreadable]",
    ]


def test_file_when_it_can_not_be_read_then_is_found(
    checked: CheckedSite, site: WriteSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without permission has a line of its own."""
    site({"lua/main.lua": ""})
    monkeypatch.setattr("builtins.open", refused(open, "main.lua"))
    assert told(checked) == [
        "lua/main.lua:1:1: can't be read (Permission denied): give this user the right to read it [unreadable]"
    ]


def test_file_when_its_name_is_no_utf8_then_can_be_printed(checked: CheckedSite, tmp_path: Path) -> None:
    """Names are bytes; what can't be shown is replaced."""
    (tmp_path / "lua").mkdir()
    Path(os.fsdecode(bytes(tmp_path / "lua") + b"/caf\xe9.lua")).write_text("x = = 1")
    assert told(checked) == ["lua/caf\ufffd.lua:1:5: unexpected symbol near '=' [syntax]"]


def test_folder_when_it_is_hidden_then_is_left_alone(checked: CheckedSite) -> None:
    """What begins with a dot is no code of the site."""
    files = {"lua/.git/a.lua": "x = = 1", "lua/.#a.lua": "x = = 1", "lua/a.lua": ""}
    assert checked.places(files) == []
