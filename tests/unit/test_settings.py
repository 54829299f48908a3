"""Settings: the values, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from luahost.errors import SettingsError
from luahost.settings import Settings


def test_settings_when_nothing_is_given_then_are_the_defaults_of_the_table() -> None:
    """Settings made of nothing are a sandboxed Lua 5.4 with limits."""
    settings = Settings()
    assert (settings.site, settings.vm, settings.trust) == (".", "lua54", "sandbox")
    assert (settings.memory_limit_mb, settings.time_limit_s, settings.load_time_limit_s) == (64, 5, 10)


def test_settings_when_given_lists_and_paths_then_hold_tuples_and_texts() -> None:
    """A list is taken for a tuple, a path for a text and a whole number for seconds."""
    settings = Settings(site=Path("games"), allow=["io"], time_limit_s=1)  # type: ignore[arg-type]
    assert (settings.site, settings.allow, settings.time_limit_s) == ("games", ("io",), 1.0)


def test_settings_when_changed_then_refuse() -> None:
    """Settings don't change once they are made."""
    with pytest.raises(AttributeError):
        Settings().site = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"vm": "lua5.4"},
            "vm: 'lua5.4' is not allowed (did you mean 'lua54'?); allowed: lua54, lua55, luajit21",
        ),
        ({"time_limit_s": "5"}, "time_limit_s: '5' is not allowed; allowed: a number, 0 or more"),
        (
            {"memory_limit_mb": 10**15},
            "memory_limit_mb: 1000000000000000 is not allowed; allowed: a whole number from 0 to 1048576",
        ),
        (
            {"store": "mysql:x"},
            "store: 'mysql:x' is not allowed; allowed: memory:, sqlite:PATH or postgresql://HOST/DATABASE",
        ),
        (
            {"store": "http://ann:secret@x"},
            "store: 'http://…@x' is not allowed; allowed: memory:, sqlite:PATH or postgresql://HOST/DATABASE",
        ),
        (
            {"autosave_s": (5, 1)},
            "autosave_s: [5.0, 1.0] is not allowed: the second is the latest moment; allowed: two "
            "numbers, 0 or more: [1, 5]",
        ),
        ({"max_record_mb": 0}, "max_record_mb: 0 is not allowed; allowed: a whole number from 1 to 1024"),
        ({"port": 65536}, "port: 65536 is not allowed; allowed: a whole number from 0 to 65535"),
        ({"wait_s": 1e300}, "wait_s: 1e+300 is not allowed; allowed: a number from 0 to 1000000000"),
        ({"wait_s": -1}, "wait_s: -1 is not allowed; allowed: a number, 0 or more"),
        ({"wait_s": float("inf")}, "wait_s: inf is not allowed; allowed: a number from 0 to 1000000000"),
        ({"max_sessions": 1.5}, "max_sessions: 1.5 is not allowed; allowed: a whole number, 0 or more"),
        ({"watch": 1}, "watch: 1 is not allowed; allowed: true, false"),
        ({"site": True}, "site: true is not allowed; allowed: a text"),
        ({"roots": ["a", 5]}, "roots[1]: 5 is not allowed; allowed: a list of folders"),
        ({"on_delete": ["keep"]}, "on_delete: ['keep'] is not allowed; allowed: keep, unload"),
    ],
)
def test_settings_when_a_value_is_wrong_then_the_error_names_key_and_allowed_values(
    values: dict[str, Any], message: str
) -> None:
    """A wrong value is refused with the key's path and what would be right."""
    with pytest.raises(SettingsError) as caught:
        Settings(**values)
    assert str(caught.value) == message


def test_settings_when_several_values_are_wrong_then_all_are_told() -> None:
    """Each wrong value is a problem of its own, and a line of the message."""
    with pytest.raises(SettingsError) as caught:
        Settings(watch=1, port=-1, autosave_s=(5, 1))  # type: ignore[arg-type]
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["watch", "autosave_s", "port"]
    assert str(caught.value).splitlines() == list(caught.value.problems)


def test_settings_when_a_grant_is_unknown_then_the_error_names_its_place() -> None:
    """An unknown word in a list is named with its index and the nearest word."""
    with pytest.raises(SettingsError, match=r"allow\[1\]: 'os.getenf' .*did you mean 'os.getenv'"):
        Settings(allow=("io", "os.getenf"))  # type: ignore[arg-type]


@pytest.mark.parametrize("vm", ["lua51", "lua52", "lua53", "luajit20"])
def test_settings_when_the_vm_is_unsafe_then_the_error_says_why(vm: str) -> None:
    """The builds of lupa that crash are refused with the reason."""
    with pytest.raises(SettingsError, match="crash, lose references or have no memory limit"):
        Settings(vm=vm)  # type: ignore[arg-type]
