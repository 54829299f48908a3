"""README: its tour is true, line by line."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tour() -> list[tuple[str, str]]:
    """Returns the kind and text of each block of the tour."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## A minute's tour")[1].split("\n## ")[0]
    return [(found[1], found[2]) for found in BLOCK.finditer(section)]


def apply(diff: str, site: Path) -> None:
    """Writes a block's added lines below the lines that stand above them."""
    lines = diff.splitlines()
    path = site / lines[0].removeprefix("--- ")
    source = path.read_text(encoding="utf-8")
    for above, line in pairwise(lines[1:]):
        if line.startswith("+"):
            assert f"\n{above[1:]}\n" in source
            source = source.replace(f"\n{above[1:]}\n", f"\n{above[1:]}\n{line[1:]}\n", 1)
    path.write_text(source, encoding="utf-8")


@pytest.fixture
def prompt(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Runs the site's copy in line mode."""
    for folder in ("lua", "apps"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    command = [sys.executable, "-m", "luahost", "run", str(tmp_path)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
    )
    yield process
    process.kill()
    process.communicate()


def read_until(process: subprocess.Popen[str], expected: str) -> str:
    """Returns the lines up to the one that begins as expected; times in it don't count."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(re.sub(r" · <?\d+ ms$", "", line.rstrip("\n")))
        if seen[-1].startswith(re.sub(r" · <?\d+ ms$", "", expected)):
            return "\n".join(seen)
    raise AssertionError(f"{expected!r} did not come; there was {seen}")


def test_readme_when_the_tour_is_taken_then_every_line_is_as_it_says(
    prompt: subprocess.Popen[str], tmp_path: Path
) -> None:
    """The tour's lines, typed in its order while its edits are made, answer what the README says."""
    assert prompt.stdin is not None
    for kind, text in tour():
        if kind == "diff":
            apply(text, tmp_path)
            continue
        for line in text.splitlines():
            if line.startswith("> "):
                prompt.stdin.write(line[2:] + "\n")
                prompt.stdin.flush()
            else:
                read_until(prompt, line)
