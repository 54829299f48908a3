"""Pages of README and docs, as what a reader would do with them: blocks in order, with the marks that stand above them.

A block is known by its language. `sh` is run; a `text` block right below it is what it prints. `text` with lines that
begin with `> ` is typed at the prompt of `luahost run`, the other lines of it come back. `lua` is run in a session.
`diff` is applied to a file, a block with a title, or with the name of a file in its first line, is written to that
file. `python` is run, `toml` read as settings. Other `text` is for reading only, and so is `html` or `json` without a
title.

Marks are comments of HTML, which readers don't see:

- `<!-- site: NAME -->` begins with a fresh site: `demo`, that of this repository; a template's name; `none`; in a
  folder: `NAME in FOLDER`
- `<!-- setup: LUA -->` is run before the Lua below it
- `<!-- not run: REASON -->` leaves the next block alone
- `<!-- fails -->` says that the next block exits with 1
- `<!-- runs until stopped -->` says that the next block doesn't end by itself
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = {"sh", "text", "lua", "diff", "python", "toml", "html", "json"}
PART = re.compile(
    r"^```(?P<language>\S*)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$|^<!-- (?P<mark>[a-z ]+?)(?::\s(?P<value>.*?))?\s-->$",
    re.MULTILINE | re.DOTALL,
)
TITLE = re.compile(r'title="([^"]+)"')
FIRST_LINE = re.compile(r"^(?:--|#|<!--) ([\w./-]+\.(?:lua|html|py))(?: -->)?\n")
NOT_RUN, UNTIL_STOPPED, FAILS, SITE, SETUP = "not run", "runs until stopped", "fails", "site", "setup"


@dataclass(frozen=True, slots=True)
class Block:
    """A block or a mark of a page; `above` has the marks that hold for it, `follows` the language right before it."""

    place: str
    language: str
    text: str
    title: str | None = None
    above: tuple[str, ...] = ()
    follows: str | None = None

    @property
    def is_transcript(self) -> bool:
        """Whether this is typed at a prompt."""
        return self.language == "text" and any(line.startswith("> ") for line in self.text.splitlines())

    @property
    def is_output(self) -> bool:
        """Whether this is what the shell block above it prints."""
        return self.language == "text" and self.follows == "sh" and not self.is_transcript


def read_page(path: Path, root: Path) -> Iterator[Block]:
    """Yields the blocks of a page, and the marks `site` and `setup` as blocks of these languages."""
    source = path.read_text(encoding="utf-8")
    above: list[str] = []
    end, former = 0, None
    for found in PART.finditer(source):
        place = f"{path.relative_to(root)}:{source.count(chr(10), 0, found.start()) + 1}"
        is_next = not source[end : found.start()].strip()
        end = found.end()
        if mark := found["mark"]:
            if mark in (SITE, SETUP):
                yield Block(place, mark, found["value"] or "")
            elif mark in (NOT_RUN, UNTIL_STOPPED, FAILS):
                above.append(mark)
            continue
        title = TITLE.search(found["rest"]) or FIRST_LINE.match(found["text"])
        yield Block(
            place,
            found["language"],
            found["text"],
            title[1] if title else None,
            tuple(above),
            former if is_next else None,
        )
        above, former = [], found["language"]
