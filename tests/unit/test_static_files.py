"""What luahost brings along for browsers."""

from __future__ import annotations

import re
from pathlib import Path

import luahost.errors

STATIC = Path(luahost.errors.__file__).parent / "server" / "static"


def test_script_when_measured_then_it_is_under_20_kb() -> None:
    """The page's script stays small enough to be read."""
    assert (STATIC / "luahost.js").stat().st_size < 20 * 1024


def test_files_when_searched_then_they_load_nothing_from_elsewhere() -> None:
    """Pages work without a network: no address of another server stands in them."""
    texts = [path.read_text(encoding="utf-8") for path in STATIC.iterdir() if path.is_file()]
    addresses = [found for text in texts for found in re.findall(r"https?://[^'\"\s]+", text)]
    assert set(addresses) <= {"http://www.w3.org/2000/svg"}
