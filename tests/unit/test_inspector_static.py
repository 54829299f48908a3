"""The inspector's files: they need nobody else, and never take what they are told for HTML."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from importlib import resources
from pathlib import Path

import pytest

FOLDER = Path(str(resources.files("luahost.server"))) / "static/inspector"
FILES = sorted(FOLDER.iterdir())
SCRIPTS = [file for file in FILES if file.suffix == ".js"]
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "DOMParser")
CODE = ("eval(", "new Function", "javascript:", "import(", "srcdoc")


def text_of(file: Path) -> str:
    """Returns the text of one of the files."""
    return file.read_text(encoding="utf-8")


def imports_of(script: Path) -> list[str]:
    """Returns what a script imports, as written."""
    return re.findall(r'^import .* from "(.*)";$', text_of(script), re.MULTILINE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_static_when_read_then_names_no_other_server(file: Path) -> None:
    """Nothing comes from elsewhere (R79)."""
    named = re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^\s\"']*", text_of(file))
    assert [address for address in named if "www.w3.org/2000/svg" not in address] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_when_read_then_never_makes_markup_or_code_of_texts(script: Path) -> None:
    """What sessions say is put into text nodes and attributes only."""
    assert [word for word in (*MARKUP, *CODE) if word in text_of(script)] == []


def test_scripts_when_they_import_then_each_other_and_one_way() -> None:
    """All scripts are reached from the first, by addresses relative to their own, and no import leads back."""
    arrows = {f"./{script.name}": imports_of(script) for script in SCRIPTS}
    assert len(SCRIPTS) > 10
    assert {name for names in arrows.values() for name in names} == set(arrows) - {"./main.js"}
    assert list(TopologicalSorter(arrows).static_order())[-1] == "./main.js"


def test_page_when_read_then_has_no_script_or_style_of_its_own() -> None:
    """The page's policy forbids inline scripts and styles, and it has none."""
    page = text_of(FOLDER / "inspector.html")
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", page) == []


def test_files_when_counted_then_are_small() -> None:
    """The page opens at once: together the files are under 72 KB, heads and imports of the modules included."""
    assert sum(len(text_of(file).encode()) for file in FILES) < 72 * 1024
