"""The inspector's files: they need nobody else, and never take what they are told for HTML."""

from __future__ import annotations

import re
from importlib import resources

import pytest

NAMES = ("inspector.html", "inspector.css", "inspector.js")
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "DOMParser")
CODE = ("eval(", "new Function", "javascript:", "import(", "srcdoc")


def text_of(name: str) -> str:
    """Returns the text of one of the files."""
    return resources.files("luahost.server").joinpath("static", name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_static_when_read_then_names_no_other_server(name: str) -> None:
    """Nothing comes from elsewhere (R79)."""
    named = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", text_of(name))
    assert [address for address in named if "www.w3.org/2000/svg" not in address] == []


@pytest.mark.parametrize("word", [*MARKUP, *CODE])
def test_script_when_read_then_never_makes_markup_or_code_of_texts(word: str) -> None:
    """What sessions say is put into text nodes and attributes only."""
    assert word not in text_of("inspector.js")


def test_page_when_read_then_has_no_script_or_style_of_its_own() -> None:
    """The page's policy forbids inline scripts and styles, and it has none."""
    page = text_of("inspector.html")
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page) == []


def test_files_when_counted_then_are_small() -> None:
    """The page opens at once: together the files are under 64 KB."""
    assert sum(len(text_of(name).encode()) for name in NAMES) < 64 * 1024
