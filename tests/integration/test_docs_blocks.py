"""README and docs, done line by line: every shell and Lua block runs, every transcript answers as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages_read import LANGUAGES, NOT_RUN, SETUP, SITE, Block, read_page
from reader import Reader, assert_lines, is_line

from luahost.errors import LuaHostError

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

BY_OTHERS = {ROOT / "docs/how-to/checking.md": "test_checking_docs.py"}
"""Pages whose blocks are no one story, and the tests that do them part by part."""


def name_of(page: Path) -> str:
    """Returns a page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [page for page in PAGES if page not in BY_OTHERS], ids=name_of)
def test_page_when_done_line_by_line_then_all_is_as_it_says(page: Path, tmp_path: Path) -> None:
    """A reader who does what the page says, in its order, gets what it says."""
    reader = Reader(tmp_path)
    try:
        for block in read_page(page, ROOT):
            try:
                reader.do(block)
            except Exception as error:
                raise AssertionError(f"{block.place}: {error}") from error
    finally:
        reader.leave()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_page_when_read_then_no_block_escapes(page: Path) -> None:
    """Every block has a language that is known, so that none goes unrun under another name."""
    blocks = list(read_page(page, ROOT))
    assert [block.place for block in blocks if block.language not in LANGUAGES | {SITE, SETUP}] == []
    fences = re.findall(r"^```", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * sum(block.language in LANGUAGES for block in blocks)


@pytest.mark.parametrize("page", BY_OTHERS, ids=name_of)
def test_page_when_others_do_it_then_they_are_there(page: Path) -> None:
    """A page that is left to another test is named by that test."""
    assert page.name in (Path(__file__).parent / BY_OTHERS[page]).read_text(encoding="utf-8")


def test_pages_when_read_then_what_is_not_run_says_why() -> None:
    """A block that isn't run has its reason above it."""
    bare = re.compile(r"<!-- not run(?!: \S.* -->)")
    assert [name_of(page) for page in PAGES if bare.search(page.read_text(encoding="utf-8"))] == []


def read(text: str, folder: Path) -> list[Block]:
    """Returns the blocks of a page with a text."""
    (folder / "page.md").write_text(text)
    return list(read_page(folder / "page.md", folder))


def test_read_page_when_marks_stand_above_a_block_then_hold_for_that_one(tmp_path: Path) -> None:
    """A mark is for the next block alone, and a block knows what it follows."""
    first, second = read("<!-- not run: x -->\n```sh\na\n```\n\n```text\nb\n```\n", tmp_path)
    assert (first.above, second.above) == ((NOT_RUN,), ())
    assert second.is_output
    assert first.place == "page.md:2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("```sh\nfalse\n```\n", "it ends with 1"),
        ("```sh\necho a\n```\n```text\nb\n```\n", "'b' did not come"),
        ("```sh\nprintf 'a\\nb\\n'\n```\n```text\nb\n```\n", "'a' came before 'b'"),
        ("```sh\nprintf 'a\\nb\\n'\n```\n```text\na\n```\n", "more came: ['b']"),
        ("```lua\nerror('no')\n```\n", "page.md:1:1: no"),
        ("```text\n> =1\n2\n```\n", "'2' did not come"),
        ("```diff\n--- a.lua\n x\n+y\n```\n", "No such file"),
        ("```toml\nportt = 1\n```\n", "portt"),
        ("```python\nprint(1)  # 2\n```\n", "it prints ['1'], not ['2']"),
    ],
)
def test_reader_when_a_page_is_wrong_then_fails(tmp_path: Path, text: str, told: str) -> None:
    """The check can fail: each kind of block that isn't true is found."""
    reader = Reader(tmp_path, patience_s=1)
    with pytest.raises((AssertionError, LuaHostError, OSError), match=re.escape(told)):
        do_all(reader, read(text, tmp_path))
    reader.leave()


def do_all(reader: Reader, blocks: list[Block]) -> None:
    """Does blocks in their order."""
    for block in blocks:
        reader.do(block)


def test_assert_lines_when_a_line_is_dots_then_anything_may_stand_there() -> None:
    """Output may be shortened, and times differ."""
    assert_lines("a\n…\nd in 5 ms\n", "a\nb\nc\nd in 17 ms\n")
    assert is_line("goes on with session … (--fresh starts anew)", "goes on with session 5dd (--fresh starts anew)")
