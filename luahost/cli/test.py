"""`luahost test`: the site's specs, through pytest."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from luahost.errors import SettingsError, SiteError
from luahost.loading.emptiness import emptiness
from luahost.settings import load_settings

from .missing_roots import warn_of_missing_roots

if TYPE_CHECKING:
    import pytest

__all__ = ["test"]

SPEC_END = "_spec.lua"
PASSED, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

NO_PYTEST = "luahost test needs pytest: pip install 'luahost[test]'"
NO_SPECS = f"""no specs in {{site}}: a spec is a file whose name ends in {SPEC_END}, like apps/shop/shop{SPEC_END}:

  describe("the app", function()
    it("is there", function()
      assert.is_table(session:getApp())
    end)
  end)
"""

EPILOG = """\b
Examples:
  luahost test                       the specs of this folder
  luahost test mysite -k adds -x     some by name, up to the first that fails
  luahost test apps/shop/shop_spec.lua
  luahost test --lf                  those that failed last
  luahost test --lua-coverage        and which lines they ran
"""


@click.command(
    epilog=EPILOG,
    options_metavar="",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SITE] [PYTEST ARGUMENTS]...")
def test(arguments: tuple[str, ...]) -> int:
    """Runs the specs, *_spec.lua, in the folder SITE (this one by default): each in a session of its own.

    Everything else is for pytest: -k WORDS, -x, --lf, FILE::NAME, --junitxml=FILE. Specs run on the site's VM;
    --lua-vm VM names another one, or all. --lua-coverage[=FILE] counts the lines that ran, and writes LCOV.
    """
    site, given = _site_and_rest(arguments)
    if importlib.util.find_spec("pytest") is None:
        raise SettingsError(NO_PYTEST)
    settings = load_settings(site, env=os.environ)
    if not site.is_dir():
        raise SiteError(f"{site}: no such folder; name the site, or leave it out for this folder")
    warn_of_missing_roots(settings)
    return _run(site, given)


def _site_and_rest(arguments: Sequence[str]) -> tuple[Path, Sequence[str]]:
    """Returns the site, if the first argument is one, and what is for pytest."""
    first = arguments[0] if arguments else ""
    if not first or first.startswith("-") or first.partition("::")[0].endswith(SPEC_END):
        return Path(os.environ.get("LUAHOST_SITE", ".")), arguments
    return Path(first), arguments[1:]


def _run(site: Path, given: Sequence[str]) -> int:
    import pytest

    from .pytest_usage import PytestUsage

    only, folder = OnlySpecs(site), str(site.resolve())
    # No Python is tested: nothing wants its assertions rewritten, which pytest can't do for what is imported already.
    own = ["-p", "luahost", "--assert=plain", f"--rootdir={folder}", f"--lua-site={folder}"]
    code = pytest.main([folder, *own, *given], plugins=[only, PytestUsage(given)])
    if only.was_interrupted:
        return INTERRUPTED
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        return _without_specs(site, has_some=only.has_specs)
    if code in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED) and (line := emptiness(site)):
        click.echo(f"luahost: {line}", err=True)  # specs of sites below this folder don't find their modules
    return {pytest.ExitCode.OK: PASSED, pytest.ExitCode.USAGE_ERROR: USAGE}.get(pytest.ExitCode(code), FAILED)


def _without_specs(site: Path, *, has_some: bool) -> int:
    """Says why nothing ran; raises SiteError where there can't be specs, for the folder is no site."""
    if not has_some and (line := emptiness(site)):
        raise SiteError(line)
    click.echo(f"no spec of {site} was selected" if has_some else NO_SPECS.format(site=site), err=True)
    return FAILED


class OnlySpecs:
    """A plugin for one run: only specs are collected, and paths may be given from the site."""

    def __init__(self, site: Path) -> None:
        self._site = site
        self.has_specs = False
        self.was_interrupted = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Leaves the site out where files of it are named."""
        site, given = config.args[:1], config.args[1:]  # none where pytest's own help is wanted
        config.args = [self._from_here(path) for path in given] or site

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Passes over every file that is no spec."""
        if collection_path.is_file() and not collection_path.name.endswith(SPEC_END):
            return True
        return None

    def pytest_itemcollected(self) -> None:
        """Notes that there are specs."""
        self.has_specs = True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Notes that somebody pressed Ctrl-C; pytest interrupts itself, too, where a file could not be read."""
        self.was_interrupted = excinfo.type is KeyboardInterrupt

    def _from_here(self, path: str) -> str:
        file, *names = path.split("::")
        inside = self._site / file
        return "::".join([str(inside), *names]) if not os.path.exists(file) and inside.exists() else path
