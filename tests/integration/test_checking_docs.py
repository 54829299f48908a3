"""docs/how-to/checking.md: each lint has its example, which is true."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from luahost.checking.checker import check
from luahost.checking.lints import all_lints
from luahost.settings import Settings

DOCS = Path(__file__).parents[2] / "docs" / "how-to" / "checking.md"
SECTION = re.compile(r"^### (\S+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^(?:--|<!--) ([\w./-]+\.(?:lua|html))")

Block = tuple[str, str]


def sections() -> dict[str, list[Block]]:
    """Returns the kind and text of each block, by the lint that they are about."""
    text = DOCS.read_text(encoding="utf-8")
    return {found[1]: [(block[1], block[2]) for block in BLOCK.finditer(found[2])] for found in SECTION.finditer(text)}


def do(blocks: list[Block], site: Path) -> None:
    """Writes the files that blocks begin with the names of, and runs those that are for a shell."""
    for kind, text in blocks:
        if kind == "sh":
            subprocess.run(["sh", "-ec", text], cwd=site, check=True)
            continue
        named = NAMED.match(text)
        assert named is not None, f"which file is this? {text}"
        path = site / named[1]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def said(site: Path) -> list[str]:
    """Returns what a check prints of a site."""
    found = check(Settings(site=str(site)), which=lambda _: None).findings
    return [f"{each.file}:{each.line}:{each.column}: {each.message} [{each.lint}]" for each in found]


@pytest.mark.parametrize("lint", sections())
def test_example_when_checked_then_says_what_the_page_says_and_nothing_when_corrected(
    lint: str, tmp_path: Path
) -> None:
    """The faulty files are found as printed; with the others written over them nothing is."""
    (tmp_path / "lua").mkdir()
    blocks = sections()[lint]
    at = [kind for kind, _ in blocks].index("text")
    do(blocks[:at], tmp_path)
    assert said(tmp_path) == blocks[at][1].splitlines()
    assert all(line.endswith(f"[{lint}]") for line in said(tmp_path))
    do(blocks[at + 1 :], tmp_path)
    assert said(tmp_path) == []


def test_page_when_compared_with_the_lints_then_has_all_of_them() -> None:
    """No lint is without its section, and no section about another thing."""
    assert sorted(sections()) == sorted(lint.name for lint in all_lints())


def test_comment_when_it_stands_as_the_page_says_then_silences(tmp_path: Path) -> None:
    """The example of a comment that allows is one."""
    blocks = BLOCK.findall(DOCS.read_text(encoding="utf-8").split("## Other linters")[0])
    do([(kind, text) for kind, text in blocks if kind == "lua"], tmp_path)
    assert said(tmp_path) == []
