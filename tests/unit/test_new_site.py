"""New sites: the files of a template, written whole or not at all."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from luahost.errors import SiteError
from luahost.templates import new_site
from luahost.templates.new_site import site_name, write_site
from luahost.templates.template import TEMPLATES, Template

FILES = {"README.md": "# shop\n", "lua/main.lua": "app = {}\n", "apps/shop/app.lua": "return 1\n"}


def files_below(folder: Path) -> dict[str, str]:
    """Returns the texts in a folder by their relative paths."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_when_read_then_has_all_that_a_site_needs(name: str) -> None:
    """Each template brings a main module, an app, a spec, a view definition, settings, and files for editor and git."""
    files = Template(name).files("shop")
    assert {"lua/main.lua", "luahost.toml", ".luarc.json", ".gitignore", "README.md"} <= set(files)
    for ending in ("/app.lua", "_spec.lua", ".DEFAULT.html"):
        assert any(path.endswith(ending) for path in files), ending
    assert "about.txt" not in files


@pytest.mark.parametrize("name", TEMPLATES)
def test_template_when_read_then_names_the_site(name: str) -> None:
    """The README bears the site's name, and no mark of the template is left."""
    files = Template(name).files("my shop")
    assert files["README.md"].startswith("# my shop\n")
    assert not [path for path, text in files.items() if "{{" in text]


def test_template_when_read_then_its_settings_keep_sessions_in_a_folder_that_git_ignores() -> None:
    """The settings are TOML with a store below `.luahost/`, which `.gitignore` has."""
    files = Template("app").files("shop")
    assert tomllib.loads(files["luahost.toml"]) == {"store": "sqlite:.luahost/sessions.db"}
    assert ".luahost/" in files[".gitignore"].splitlines()
    assert json.loads(files[".luarc.json"])["workspace.library"] == [".luahost/stubs"]


def test_write_site_when_the_folder_is_new_then_writes_all(tmp_path: Path) -> None:
    """The folder is made, with those above it and those of the files."""
    write_site(tmp_path / "sites" / "shop", FILES)
    assert files_below(tmp_path / "sites" / "shop") == FILES


def test_write_site_when_the_folder_has_git_only_then_writes_all(tmp_path: Path) -> None:
    """A repository that was just made counts as empty."""
    (tmp_path / ".git").mkdir()
    write_site(tmp_path, FILES)
    assert files_below(tmp_path) == FILES


def test_write_site_when_the_folder_is_not_empty_then_refuses_and_leaves_it(tmp_path: Path) -> None:
    """What somebody has there is neither mixed with a site nor written over."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SiteError, match=r"isn't empty, it has notes\.txt: choose another"):
        write_site(tmp_path, FILES)
    assert files_below(tmp_path) == {"notes.txt": "mine"}


def test_write_site_when_a_file_has_the_name_then_refuses(tmp_path: Path) -> None:
    """A file in the folder's place stays."""
    (tmp_path / "shop").write_text("mine")
    with pytest.raises(SiteError, match="there is a file of this name"):
        write_site(tmp_path / "shop", FILES)
    assert (tmp_path / "shop").read_text() == "mine"


@pytest.mark.parametrize("folder", ["shop", "deep/er/shop"])
def test_write_site_when_a_file_cannot_be_written_then_leaves_nothing(tmp_path: Path, folder: str) -> None:
    """After an error half way there is no file and no folder of the site, nor those made above it."""
    too_long = {**FILES, f"apps/{'x' * 300}.lua": ""}
    with pytest.raises(SiteError, match="can't be made: File name too long; nothing is left of it"):
        write_site(tmp_path / folder, too_long)
    assert list(tmp_path.iterdir()) == []


def test_write_site_when_broken_off_then_takes_away_its_own_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C half way takes the new files away; what somebody else put there meanwhile stays."""
    make_folders = new_site._make_folders

    def stop_at_apps(folder: Path, made: list[Path]) -> None:
        if folder.name == "shop":
            (tmp_path / "lua" / "theirs.lua").write_text("return 2")
            raise KeyboardInterrupt
        make_folders(folder, made)

    monkeypatch.setattr(new_site, "_make_folders", stop_at_apps)
    with pytest.raises(KeyboardInterrupt):
        write_site(tmp_path, FILES)
    assert files_below(tmp_path) == {"lua/theirs.lua": "return 2"}


@pytest.mark.parametrize("path", ["", " ", "/", "a\nb", "a\x1b[31m", "sh\udcffop"])
def test_site_name_when_it_is_none_then_refuses(path: str) -> None:
    """A name that can't be read, or is no name at all, is refused with an example of a good one."""
    with pytest.raises(SiteError, match="is no name for a site: take letters and digits, as in 'shop'"):
        site_name(path)


def test_site_name_when_the_folder_is_this_one_then_is_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`.` stands for the folder that one is in."""
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    assert (site_name("."), site_name("sites/shop/"), site_name("./été")) == ("shop", "shop", "été")
