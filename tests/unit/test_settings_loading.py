"""Settings: where they come from, and who wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from luahost.errors import SettingsError
from luahost.settings import Settings, load_settings


def site_with(folder: Path, text: str) -> Path:
    """Returns `folder` with a luahost.toml of that text."""
    (folder / "luahost.toml").write_text(text, encoding="utf-8")
    return folder


def test_load_settings_when_nothing_is_set_then_answers_the_defaults(tmp_path: Path) -> None:
    """A site without luahost.toml has the defaults."""
    assert load_settings(tmp_path) == Settings(site=str(tmp_path))


@pytest.mark.parametrize(
    ("flags", "env", "text", "wait_s"),
    [
        ({"wait_s": 4}, {"LUAHOST_WAIT_S": "3"}, "wait_s = 2", 4),
        ({"wait_s": None}, {"LUAHOST_WAIT_S": "3"}, "wait_s = 2", 3),
        ({}, {"OTHER_WAIT_S": "3"}, "wait_s = 2", 2),
        ({}, {}, "", 1),
    ],
)
def test_load_settings_when_said_twice_then_the_nearer_source_wins(
    tmp_path: Path, flags: dict[str, Any], env: dict[str, str], text: str, wait_s: float
) -> None:
    """Flags win over variables, these over the file, and this over the command's defaults."""
    settings = load_settings(site_with(tmp_path, text), flags=flags, env=env, defaults={"wait_s": 1})
    assert settings.wait_s == wait_s


def test_load_settings_when_variables_are_texts_then_reads_them_as_the_keys_type() -> None:
    """A variable's text becomes a number, a truth value or a list."""
    env = {"LUAHOST_WATCH": "false", "LUAHOST_MEMORY_LIMIT_MB": "12", "LUAHOST_ALLOW": "io, os.getenv"}
    settings = load_settings(".", env=env)
    assert (settings.watch, settings.memory_limit_mb, settings.allow) == (False, 12, ("io", "os.getenv"))


def test_load_settings_when_only_a_variable_names_the_site_then_reads_its_file(tmp_path: Path) -> None:
    """LUAHOST_SITE is the site of a command that was given none."""
    settings = load_settings(env={"LUAHOST_SITE": str(site_with(tmp_path, 'vm = "lua55"'))})
    assert (settings.site, settings.vm) == (str(tmp_path), "lua55")


def test_load_settings_when_roots_are_relative_then_they_start_at_the_site(tmp_path: Path) -> None:
    """A root in luahost.toml is found from the site, wherever the command runs."""
    settings = load_settings(site_with(tmp_path, 'roots = ["shared", "/opt/lua"]'))
    assert settings.roots == (str(tmp_path / "shared"), "/opt/lua")


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (
            {"text": "wach = true"},
            "luahost.toml: wach: no such setting (did you mean 'watch'?); there are: site,",
        ),
        ({"text": "[limits]\nx = 1"}, "luahost.toml: limits: no such setting"),
        ({"text": 'wait_s = "5"'}, "luahost.toml: wait_s: '5' is not allowed; allowed: a number, 0 or more"),
        ({"text": 'site = "x"'}, "luahost.toml: site: not here"),
        ({"env": {"LUAHOST_VM": "lua"}}, "LUAHOST_VM: vm: 'lua' is not allowed"),
        (
            {"env": {"LUAHOST_TRUSTED": "1"}},
            "LUAHOST_TRUSTED: no such setting (did you mean 'LUAHOST_TRUST'?); there are: LUAHOST_SITE, LUAHOST_VM,",
        ),
        ({"env": {"LUAHOST_": "1"}}, "LUAHOST_: no such setting; there are: LUAHOST_SITE,"),
        ({"env": {"LUAHOST_WATCH": "yes"}}, "LUAHOST_WATCH: watch: 'yes' is not allowed; allowed: true, false"),
        ({"env": {"LUAHOST_ALLOW": "io, oss"}}, "LUAHOST_ALLOW: allow[1]: 'oss' is not allowed (did you mean 'os'?)"),
        ({"env": {"LUAHOST_WAIT_S": "1e999"}}, "LUAHOST_WAIT_S: wait_s: '1e999' is not allowed"),
        ({"text": "vm.name = 1"}, "luahost.toml: vm: {'name': 1} is not allowed; allowed: lua54, lua55, luajit21"),
        ({"text": "autosave_s = [nan, 5]"}, "luahost.toml: autosave_s[0]: nan is not allowed; allowed: two numbers"),
        ({"flags": {"poll_s": -1}}, "--poll-s: poll_s: -1 is not allowed"),
    ],
)
def test_load_settings_when_wrong_then_the_error_names_source_and_key(
    tmp_path: Path, sources: dict[str, Any], message: str
) -> None:
    """A wrong key or value is refused with where it came from."""
    site = site_with(tmp_path, sources.pop("text", ""))
    with pytest.raises(SettingsError) as caught:
        load_settings(site, **sources)
    assert str(caught.value).startswith(message)


def test_load_settings_when_a_file_has_several_mistakes_then_tells_all(tmp_path: Path) -> None:
    """Unknown keys come first, and what keys there are is said once; then each wrong value."""
    site = site_with(tmp_path, 'wach = true\nvm = "lua5.4"\nsite = "x"\nport = 70000\nx = 1\nwait_s = 3\n')
    with pytest.raises(SettingsError) as caught:
        load_settings(site)
    unknown, listing, *wrong = caught.value.problems
    assert unknown == "luahost.toml: wach: no such setting (did you mean 'watch'?)"
    assert listing.startswith("luahost.toml: x: no such setting; there are: site, vm, roots,")
    assert wrong == [
        "luahost.toml: vm: 'lua5.4' is not allowed (did you mean 'lua54'?); allowed: lua54, lua55, luajit21",
        "luahost.toml: site: not here, for the file lies in the site",
        "luahost.toml: port: 70000 is not allowed; allowed: a whole number from 0 to 65535",
    ]


def test_load_settings_when_several_variables_are_wrong_then_tells_all() -> None:
    """Each is told by its own name."""
    with pytest.raises(SettingsError) as caught:
        load_settings(".", env={"LUAHOST_VMS": "x", "LUAHOST_PORT": "x", "LUAHOST_ALLOW": "oss"})
    names = [problem.partition(":")[0] for problem in caught.value.problems]
    assert names == ["LUAHOST_VMS", "LUAHOST_ALLOW", "LUAHOST_PORT"]


@pytest.mark.parametrize("content", [b"vm = ", b"\xff\xfe"])
def test_load_settings_when_the_file_is_not_toml_then_the_error_names_it(tmp_path: Path, content: bytes) -> None:
    """A luahost.toml that doesn't parse is a SettingsError with its path."""
    (tmp_path / "luahost.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"luahost\.toml: can't be read"):
        load_settings(tmp_path)
