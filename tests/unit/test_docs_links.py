"""Links in the repository's pages lead to files that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(#[^)\s]*)?\)")


def broken_links(page: Path) -> list[str]:
    """Returns the links of a page to files that aren't there."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [found[1] for found in LINK.finditer(text) if found[1] and not (page.parent / found[1]).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_page_when_it_has_links_then_their_files_are_there(page: Path) -> None:
    """Every relative link of README and docs leads somewhere."""
    assert broken_links(page) == []


def test_broken_links_when_a_file_is_missing_then_names_it(tmp_path: Path) -> None:
    """The check finds a link to nothing, and leaves code and other hosts alone."""
    (tmp_path / "there.md").touch()
    page = tmp_path / "page.md"
    page.write_text("[a](there.md#part) [b](gone.md) `[c](code.md)` [d](https://example.org/x.md)")
    assert broken_links(page) == ["gone.md"]
