"""The docs as a site: they build without a warning, and what is generated in them is there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder of the built site; skips without mkdocs (`make docs` installs it), but never in CI."""
    if importlib.util.find_spec("mkdocs") is None:
        if os.environ.get("CI"):
            pytest.fail("no mkdocs here: make docs installs it")
        pytest.skip("no mkdocs here: make docs installs it")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def text_of(page: Path) -> str:
    """Returns a page's text on one line, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", (page / "index.html").read_text(encoding="utf-8")).split())


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("reference/commands", "luahost store export"),
        ("reference/commands", "Exits with 3 if something is wrong"),
        ("reference/lua", "session:setInterval(fn, ms)"),
        ("reference/lua", "spec.reload(files)"),
        ("reference/python", "create_session"),
        ("reference/python", "Raised when guest code raised"),
        ("explanation/benchmarks", "method call from Python"),
        ("explanation/hot-reload", "add a field to a prototype"),
    ],
)
def test_site_when_built_then_has_what_is_generated(built: Path, page: str, words: str) -> None:
    """The references come from the command line, the stubs and the docstrings of today."""
    assert words in text_of(built / page)


def test_site_when_built_then_leaves_no_mark(built: Path) -> None:
    """Every mark for something generated was replaced."""
    assert [page for page in built.rglob("*.html") if "generated:" in page.read_text(encoding="utf-8")] == []


def test_site_when_built_then_loads_nothing_from_elsewhere(built: Path) -> None:
    """The pages need no network: no script, style or font of another host."""
    loaded = re.compile(r'<(?:script|link|img)[^>]+(?:src|href)="?(https?://[^"\s>]+)')
    found = {url for page in built.rglob("*.html") for url in loaded.findall(page.read_text(encoding="utf-8"))}
    assert found == set()
