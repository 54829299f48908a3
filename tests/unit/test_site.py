"""The site: names to tracking keys, paths to tracking keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from luahost.errors import ModuleNotFound, SiteError
from luahost.loading.site import Site


def put(path: Path, text: str = "return 1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


PLACES = ("lua/a/b.lua", "lua/a/b/init.lua", "apps/a/b.lua", "apps/a/b/init.lua", "a/b.lua", "a/b/init.lua")


@pytest.mark.parametrize("first", range(len(PLACES)))
def test_locate_when_several_places_have_the_module_then_the_first_is_taken(root: Path, first: int) -> None:
    """The places are searched in their order, and the first file that exists is the module."""
    for place in PLACES[first:]:
        put(root / place)
    assert Site(root).locate("a.b") == PLACES[first]


@pytest.mark.parametrize("name", ["apps/x/app.lua", "./apps//x/app.lua"])
def test_locate_when_the_name_is_a_path_then_it_counts_from_the_site(root: Path, name: str) -> None:
    """H13: a path names its file itself, however it is written."""
    put(root / "apps/x/app.lua")
    assert Site(root).locate(name) == "apps/x/app.lua"


def test_locate_when_a_name_ends_in_lua_then_it_is_a_path(root: Path) -> None:
    """`x.lua` is a file of the site, not `lua/x/lua.lua`."""
    put(root / "x.lua")
    put(root / "lua/x.lua")
    assert Site(root).locate("x.lua") == "x.lua"


def test_locate_when_nothing_is_there_then_the_error_lists_the_places(root: Path) -> None:
    """A module that isn't found is told with each place that was searched, as Lua does."""
    with pytest.raises(ModuleNotFound) as caught:
        Site(root).locate("a.b")
    assert str(caught.value).startswith("module 'a.b' not found: no such file\n\tno file 'lua/a/b.lua'\n")
    assert all(f"\n\tno file '{place}'" in str(caught.value) for place in PLACES)


MALFORMED = {
    "": "name is empty",
    "../secret.lua": "'..'",
    "lua/../../x.lua": "'..'",
    "..": "'..'",
    "a..b": "a part of the name is empty",
    "/etc/passwd": "absolute",
    "a\0b": "NUL",
    "\udc00\ud800": "no such file",
    "x" * 5000: "no such file",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_locate_when_the_name_is_malformed_then_the_error_says_how(root: Path, name: str) -> None:
    """A name that can't mean a file of the site is refused with exactly that reason."""
    with pytest.raises(ModuleNotFound) as caught:
        Site(root).locate(name)
    assert MALFORMED[name] in caught.value.message


def test_locate_when_the_path_is_a_folder_then_the_error_says_so(root: Path) -> None:
    """A folder is no module."""
    (root / "lua/a").mkdir(parents=True)
    with pytest.raises(ModuleNotFound, match="'lua/a' is a folder; name the file in it"):
        Site(root).locate("lua/a")


def test_locate_when_a_folder_lacks_its_init_then_the_error_says_so(root: Path) -> None:
    """A folder is required by its init.lua."""
    (root / "lua/a").mkdir(parents=True)
    with pytest.raises(ModuleNotFound, match=r"'lua/a' is a folder; it needs an init\.lua"):
        Site(root).locate("a")


def test_locate_when_the_file_is_no_regular_file_then_it_is_passed_over(root: Path) -> None:
    """A pipe is not opened: reading it would never end."""
    (root / "lua").mkdir()
    os.mkfifo(root / "lua/a.lua")
    put(root / "a.lua")
    assert Site(root).locate("a") == "a.lua"


@pytest.mark.parametrize("link", ["lua/link.lua", "lua/folder"])
def test_locate_when_links_lead_to_a_file_then_the_key_is_the_file(root: Path, link: str) -> None:
    """H14, HD24: links of files and folders lead to one key, which is the file they end at."""
    put(root / "apps/a/app.lua")
    (root / "lua").mkdir()
    (root / link).symlink_to(root / "apps/a" / ("app.lua" if link.endswith(".lua") else ""))
    name = "link" if link.endswith(".lua") else "folder.app"
    assert Site(root).locate(name) == "apps/a/app.lua"


def test_locate_when_a_link_is_pointed_elsewhere_then_the_key_follows(root: Path) -> None:
    """Nothing of a link is remembered."""
    site = Site(root)
    put(root / "lua/one.lua")
    put(root / "lua/two.lua")
    (root / "lua/link.lua").symlink_to("one.lua")
    before = site.locate("link")
    (root / "lua/link.lua").unlink()
    (root / "lua/link.lua").symlink_to("two.lua")
    assert (before, site.locate("link")) == ("lua/one.lua", "lua/two.lua")


def test_locate_when_a_link_leads_out_then_the_error_names_the_folder_to_add(root: Path) -> None:
    """A file outside the site is loaded only from `roots`, and the error says what to add there."""
    outside = put(root.parent / "elsewhere/x.lua")
    (root / "lua").mkdir()
    (root / "lua/x.lua").symlink_to(outside)
    with pytest.raises(ModuleNotFound, match=r"outside the site; add '.*elsewhere' to `roots`"):
        Site(root).locate("x")


def test_locate_when_a_link_leads_to_a_root_then_the_key_leads_out(root: Path) -> None:
    """A file below `roots` has a relative key, and the way back from it."""
    outside = put(root.parent / "elsewhere/x.lua")
    (root / "lua").mkdir()
    (root / "lua/x.lua").symlink_to(outside)
    site = Site(root, roots=[root.parent / "elsewhere"])
    assert site.locate("x") == "../elsewhere/x.lua"
    assert site.path("../elsewhere/x.lua") == outside


def test_site_when_it_is_a_link_then_its_real_folder_counts(root: Path) -> None:
    """A site reached by a link, or by a relative path, has the keys of its real folder."""
    put(root / "lua/a.lua")
    (root.parent / "link").symlink_to(root)
    site = Site(root.parent / "link")
    assert (site.root, site.locate("a"), site.key(root.parent / "link/lua/a.lua")) == (
        root,
        "lua/a.lua",
        "lua/a.lua",
    )


def test_site_when_the_process_changes_folder_then_it_stays(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative site is fixed when it is made."""
    monkeypatch.chdir(root.parent)
    site = Site("site")
    monkeypatch.chdir("/")
    assert site.root == root


@pytest.mark.parametrize(("name", "reason"), [("missing", "does not exist"), ("file", "is a file")])
def test_site_when_it_is_no_folder_then_the_error_says_what_to_do(root: Path, name: str, reason: str) -> None:
    """A site must be a folder."""
    put(root / "file")
    with pytest.raises(SiteError, match=f"this {reason}: name an existing folder"):
        Site(root / name)


def test_key_when_the_file_is_gone_then_it_is_still_known(root: Path) -> None:
    """H12: the key of a deleted file is found by its folder, links resolved."""
    (root / "apps").mkdir()
    (root / "link").symlink_to("apps")
    assert Site(root).key(root / "link/gone.lua") == "apps/gone.lua"


def test_key_when_the_path_is_outside_then_there_is_none(root: Path) -> None:
    """Neither a neighbour with a similar name nor the site itself has a key."""
    site = Site(root)
    assert [site.key(path) for path in (root, root.parent / "site2/a.lua", root.parent / "a.lua")] == [None] * 3


def test_key_when_the_path_is_in_a_root_then_it_leads_out(root: Path) -> None:
    """Files below `roots` have keys."""
    put(root.parent / "elsewhere/x.lua")
    site = Site(root, roots=[root.parent / "elsewhere"])
    assert site.key(root.parent / "elsewhere/x.lua") == "../elsewhere/x.lua"
