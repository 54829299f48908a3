"""The fixtures `lua_session` and `lua_host`, and the plugin where nobody wants it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from luahost import LuaError, Session
from luahost.testing.staged_host import StagedHost


def test_lua_session_when_asked_for_then_the_site_has_run(lua_session: Session) -> None:
    """The session is of the site around the test, with its `lua/main.lua` run."""
    lua_session.execute("app:addContact('Ann Berg')")
    assert lua_session.call("app.contacts:names") == ["Ann Berg"]


def test_lua_host_when_texts_are_saved_then_the_session_takes_them(lua_host: StagedHost, lua_session: Session) -> None:
    """Host and session of a test belong together."""
    text = lua_host.text("apps/counter/app.lua").decode()
    report = lua_host.reload({"apps/counter/app.lua": text.replace("  step = 1,", "  step = 5,")})
    assert report is not None
    assert report.ok
    assert lua_session.call("app.counter:increment") == 5


def test_lua_host_when_time_passes_then_timers_fire(lua_host: StagedHost, lua_session: Session) -> None:
    """Time passes as a test says."""
    lua_session.execute("session:setTimeout(function() app.title = 'later' end, 3600000)")
    lua_host.advance(3600)
    assert lua_session.get("app.title") == "later"


def test_lua_host_when_a_test_clears_its_errors_then_it_passes(lua_host: StagedHost, lua_session: Session) -> None:
    """An error in a timer can be looked at, and accepted."""
    lua_session.execute("session:setTimeout(function() error('late') end, 1)", name="@x.lua")
    lua_host.advance(1)
    (error,) = lua_host.errors
    assert isinstance(error, LuaError)
    assert error.message == "late"
    lua_host.errors.clear()


TEST = """
def test_timer(lua_host, lua_session):
    lua_session.execute("session:setTimeout(function() error('late') end, 1)", name="@x.lua")
    lua_host.advance(1)
"""
PLAIN = """
import sys

def test_plain():
    assert "luahost.testing.plugin" in sys.modules
    assert not {"luahost.host", "lupa", "msgspec", "structlog"} & sys.modules.keys()
"""


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs pytest in a folder, without this repository's own settings."""
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LUAHOST_"))}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=env)


def test_lua_host_when_nobody_looks_at_an_error_then_the_test_fails(tmp_path: Path) -> None:
    """An error that nobody caught is not lost."""
    (tmp_path / "test_timer.py").write_text(TEST)
    ended = run_pytest(tmp_path)
    assert "late" in ended.stdout
    assert "1 passed, 1 error" in ended.stdout


def test_plugin_when_nothing_is_lua_then_loads_nothing(tmp_path: Path) -> None:
    """In a project without specs the plugin costs next to nothing, and does nothing."""
    (tmp_path / "test_plain.py").write_text(PLAIN)
    (tmp_path / "conftest.py").write_text("")
    ended = run_pytest(tmp_path, "-p", "no:hypothesispytest", "-p", "no:anyio")
    assert "1 passed" in ended.stdout, ended.stdout


def test_plugin_when_the_site_is_named_then_fixtures_use_it(tmp_path: Path) -> None:
    """A site elsewhere is named in pytest's settings or by a flag."""
    (tmp_path / "mysite" / "lua").mkdir(parents=True)
    (tmp_path / "mysite" / "lua" / "main.lua").write_text("name = 'mine'")
    (tmp_path / "test_site.py").write_text(
        "def test(lua_session):\n    assert lua_session.eval('return name') == 'mine'\n"
    )
    assert "1 passed" in run_pytest(tmp_path, "--lua-site", "mysite").stdout
    (tmp_path / "pytest.ini").write_text("[pytest]\nlua_site = mysite\n")
    assert "1 passed" in run_pytest(tmp_path).stdout


def test_plugin_when_settings_are_wrong_then_the_test_says_so(tmp_path: Path) -> None:
    """A wrong `luahost.toml` is an error of each spec's file, in one line."""
    (tmp_path / "luahost.toml").write_text("vm = 'lua99'")
    (tmp_path / "x_spec.lua").write_text("it('x', function() end)")
    ended = run_pytest(tmp_path)
    assert "luahost.toml: vm: 'lua99' is not allowed" in ended.stdout
    assert "Traceback" not in ended.stdout


@pytest.mark.parametrize("name", ["x_spec.lua", "tests/x_spec.lua"])
def test_plugin_when_plain_pytest_runs_then_specs_are_tests_among_others(tmp_path: Path, name: str) -> None:
    """Specs and tests of Python run side by side."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("it('x', function() end)")
    (tmp_path / "test_plain.py").write_text("def test_plain():\n    pass\n")
    assert "2 passed" in run_pytest(tmp_path).stdout


def test_lua_session_when_coverage_is_asked_for_then_its_lines_count(tmp_path: Path) -> None:
    """What tests of Python run of a site's Lua counts as what specs run."""
    (tmp_path / "lua").mkdir()
    (tmp_path / "lua" / "main.lua").write_text(
        "function double(x)\n  return 2 * x\nend\nfunction never()\n  return 1\nend\n"
    )
    (tmp_path / "test_site.py").write_text(
        "def test(lua_session):\n    assert lua_session.eval('return double(2)') == 4\n"
    )
    run_pytest(tmp_path, "--lua-coverage")
    assert {"DA:2,1", "DA:5,0"} <= set((tmp_path / "lcov.info").read_text().split())
