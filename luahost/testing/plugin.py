"""The pytest plugin: specs in Lua, the fixtures `lua_host` and `lua_session`, and the coverage of Lua.

pytest imports this file in every run where luahost is installed: all that takes time is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from luahost.session import Session
    from luahost.testing.coverage import Coverage
    from luahost.testing.staged_host import StagedHost

__all__ = ["COVERAGE", "vms_of"]

COVERAGE: pytest.StashKey[Coverage] = pytest.StashKey()
SPEC_END = "_spec.lua"
LCOV = "lcov.info"
VMS = ("lua54", "lua55", "luajit21")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("luahost", "specs in Lua")
    group.addoption(
        "--lua-site", metavar="FOLDER", help="The site of the specs and fixtures; else the one around each."
    )
    group.addoption("--lua-vm", metavar="VM", action="append", help=f"Runs specs on {', '.join(VMS)}, or all of them.")
    group.addoption(
        "--lua-coverage",
        metavar="FILE",
        nargs="?",
        const=LCOV,
        help=f"Counts the lines of Lua that run, and writes LCOV to FILE ({LCOV}): --lua-coverage=FILE.",
    )
    parser.addini("lua_site", "The site of the specs and fixtures, relative to the rootdir.")
    parser.addini("lua_vm", "The VMs that specs run on; else the site's.", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Checks the options, and begins to count where that was asked for."""
    for vm in vms_of(config):
        if vm not in VMS:
            raise pytest.UsageError(f"--lua-vm: {vm!r} is not one of {', '.join(VMS)}, all")
    file = config.getoption("lua_coverage")
    if file is None:
        return
    if file.endswith(".lua") or Path(file).is_dir():
        raise pytest.UsageError(f"--lua-coverage: {file!r} is no file to write to: say --lua-coverage=FILE")
    from luahost.testing.coverage import Coverage

    config.stash[COVERAGE] = Coverage()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes `*_spec.lua` for specs."""
    if not file_path.name.endswith(SPEC_END):
        return None
    from luahost.testing.spec_file import SpecFile

    return SpecFile.from_parent(parent, path=file_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Writes LCOV, and shows what the specs have not run."""
    if COVERAGE not in config.stash:
        return
    from luahost.testing.coverage_summary import summarize

    summarize(terminalreporter, config, config.stash[COVERAGE], Path(config.getoption("lua_coverage")))


@pytest.fixture
def lua_host(request: pytest.FixtureRequest) -> Iterator[StagedHost]:
    """A host of the site, for this test alone: `reload({path: text})` saves in memory, `advance(seconds)` fires timers.

    Errors that nobody caught, in timers and hooks, fail the test at its end, unless it clears `lua_host.errors`.
    """
    from luahost.testing.site_settings import settings_for
    from luahost.testing.staged_host import StagedHost

    coverage = request.config.stash.get(COVERAGE, None)
    with StagedHost(settings=settings_for(request.config, request.path), coverage=coverage) as host:
        yield host
        if host.errors:
            raise host.errors[0]


@pytest.fixture
def lua_session(lua_host: StagedHost) -> Session:
    """A session of the site in which `lua/main.lua` has run: `lua_session.call("app.contacts:add", "Ann")`."""
    return lua_host.create_session()


def vms_of(config: pytest.Config) -> list[str]:
    """Returns the VMs that were asked for; none if the site's own will do."""
    asked = config.getoption("lua_vm") or config.getini("lua_vm")
    return list(VMS) if "all" in asked else asked
