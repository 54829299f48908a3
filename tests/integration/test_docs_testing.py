"""docs/how-to/specs.md: its files are a site whose specs pass, its commands run, and what it shows is what is shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "specs.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"\A(?:--|#) (\S+)\n")


def blocks(kind: str) -> list[str]:
    """Returns the blocks of a kind."""
    return [found[2] for found in BLOCK.finditer(PAGE) if found[1] == kind]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Returns a site of the page's files."""
    for text in [*blocks("lua"), *blocks("python")]:
        name = NAME.match(text)
        assert name is not None, f"a block doesn't say which file it is: {text}"
        path = tmp_path / name[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def run(site: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the page."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=site, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("line", "".join(blocks("sh")).splitlines())
def test_page_when_a_command_is_run_then_succeeds(site: Path, line: str) -> None:
    """Each command does what the page says."""
    ended = run(site, *shlex.split(line))
    assert ended.returncode == 0, ended.stdout
    assert " passed" in ended.stdout


def test_page_when_pytest_runs_then_specs_and_tests_pass(site: Path) -> None:
    """Plain pytest runs the specs and the tests in Python."""
    ended = run(site, "pytest")
    assert "8 passed" in ended.stdout, ended.stdout


def test_page_when_a_spec_fails_then_shows_what_the_page_shows(site: Path) -> None:
    """The failure on the page is one."""
    spec = site / "apps/shop/shop_spec.lua"
    spec.write_text(spec.read_text().replace("{ apples = 1 }", "{ apples = 2 }"))
    (shown,) = blocks("text")
    assert shown in run(site, "luahost", "test").stdout
