"""Stubs: what sources annotate, how classes are written, and when files are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from luahost.errors import SiteError
from luahost.stubs.annotations import annotated
from luahost.stubs.api import api_stubs
from luahost.stubs.classes import Class, classes_of, classes_stub
from luahost.stubs.folder import write_stubs

ANNOTATION = re.compile(r"^---@(?:param|return|field|type|overload|class)\b(.*)$", re.MULTILINE)


def described(name: str, **more: Any) -> dict[str, Any]:
    """Returns a prototype as a session describes it."""
    return {"name": name, "base": False, "module": False, "fields": [], "methods": [], **more}


def test_annotated_when_a_source_has_classes_then_tells_their_fields() -> None:
    """Fields belong to the class above them, up to the first line that is no annotation."""
    source = """\
---@class Contact : Record
---@field name string
---@field private _seen? integer
local Contact = session:prototype("Contact", {})
---@field nobodys string
---@class (exact) contacts.Form
local Form
"""
    assert annotated([source]) == {"Contact": {"name", "_seen"}, "contacts.Form": set()}


def test_annotated_when_a_class_stands_in_two_sources_then_has_the_fields_of_both() -> None:
    """The language server adds up what files say of one class, and so do we."""
    sources = ["---@class A\n---@field one any\n", "---@class A\n---@field two any\n"]
    assert annotated(sources) == {"A": {"one", "two"}}


def test_classes_stub_when_a_prototype_is_described_then_has_base_fields_and_methods() -> None:
    """A class bears the prototype's name, its base, the types of its fields, and its methods' parameters."""
    contact = described(
        "Contact",
        base="Person",
        module="apps/contacts/app.lua",
        fields=[{"name": "name", "type": "string"}, {"name": "_seen", "type": "integer"}],
        methods=[
            {"name": "new", "parameters": ["self", "fields"]},
            {"name": "mutate", "parameters": ["self", "change"]},
            {"name": "tag", "parameters": ["self", "..."]},
        ],
    )
    assert classes_stub(classes_of([contact]), {}).split("\n\n")[-1] == (
        "--- Declared in apps/contacts/app.lua.\n"
        "---@class Contact: Person\n"
        "---@field name string\n"
        "---@field protected _seen integer\n"
        "---@field new fun(self: Contact, fields?: any): Contact\n"
        "---@field mutate fun(self: Contact, change: luahost.Change): any\n"
        "---@field tag fun(self: Contact, ...: any): any\n"
    )


def test_classes_stub_when_a_source_describes_a_class_then_writes_only_what_it_leaves_out() -> None:
    """A field that the source annotates isn't written again, nor are methods, found where they are defined."""
    task = Class("Task", None, None, {"title": "string", "due": "string"}, {"toggle": ("self",)})
    text = classes_stub([task], {"Task": {"title"}})
    assert "---@class Task\n---@field due string\n" in text
    assert "title" not in text
    assert "toggle" not in text


def test_classes_stub_when_a_source_describes_all_then_leaves_the_class_out() -> None:
    """Nothing is left to say of a class whose fields are all annotated."""
    task = Class("Task", None, None, {"title": "string"}, {"toggle": ("self",)})
    assert "@class" not in classes_stub([task], {"Task": {"title"}})


def test_classes_stub_when_a_prototype_has_nothing_then_still_names_it() -> None:
    """A class without fields is one that other annotations may name."""
    assert "---@class Empty\n" in classes_stub([Class("Empty", None, None, {}, {})], {})


def test_classes_stub_when_a_field_is_a_keyword_then_leaves_it_out() -> None:
    """`t["end"]` is a field that no annotation can name."""
    assert "end any" not in classes_stub([Class("A", None, None, {"end": "any"}, {"repeat": ("self",)})], {})


@pytest.mark.parametrize("name", ["my class", "9lives", "a\nb", "été", ""])
def test_classes_of_when_a_name_is_no_name_of_a_class_then_leaves_it_out(name: str) -> None:
    """A prototype may have any name; an annotation may not, and a line break in one must not write annotations."""
    assert classes_of([described(name)]) == []


def test_write_stubs_when_nothing_differs_then_touches_nothing(tmp_path: Path) -> None:
    """Writing the same again leaves the files alone, so that editors don't read them anew."""
    assert write_stubs(tmp_path / "stubs", {"a.lua": "one", "b.lua": "two"}) == ["a.lua", "b.lua"]
    before = (tmp_path / "stubs" / "a.lua").stat().st_mtime_ns
    assert write_stubs(tmp_path / "stubs", {"a.lua": "one", "b.lua": "three"}) == ["b.lua"]
    assert (tmp_path / "stubs" / "a.lua").stat().st_mtime_ns == before


def test_write_stubs_when_a_file_is_not_text_then_writes_it(tmp_path: Path) -> None:
    """What is no UTF-8 can't be what a stub says."""
    (tmp_path / "a.lua").write_bytes(b"\xff")
    assert write_stubs(tmp_path, {"a.lua": "one"}) == ["a.lua"]


def test_write_stubs_when_the_folder_cannot_be_then_says_so(tmp_path: Path) -> None:
    """A file in the folder's place is an error that names it."""
    (tmp_path / "stubs").write_text("")
    with pytest.raises(SiteError, match="stubs: stubs can't be written there: File exists"):
        write_stubs(tmp_path / "stubs", {"a.lua": ""})


def types_named(text: str) -> set[str]:
    """Returns the names that stand where a type may stand in the annotations of a text."""
    named: set[str] = set()
    for line in ANNOTATION.findall(text):
        bare = re.sub(r'"[^"]*"|`|\w+\??:', " ", line)
        named.update(re.findall(r"\b(?:luahost|lua)\.\w+", bare))
    return named


def test_api_stubs_when_read_then_declare_every_type_that_they_name() -> None:
    """No annotation names a class that there isn't."""
    text = "\n".join(api_stubs().values())
    declared = set(re.findall(r"^---@class ([\w.]+)", text, re.MULTILINE))
    assert types_named(text) <= declared
    assert {"luahost.Variable", "lua.ViewList", "luahost.Session"} <= types_named(text) | declared


@pytest.mark.parametrize("name", sorted(api_stubs()))
def test_api_stubs_when_read_then_are_never_required(name: str) -> None:
    """Each begins with `---@meta _`, by which no `require` completes to it."""
    assert api_stubs()[name].startswith("---@meta _\n")


PARAMETERS = re.compile(r"((?:^---.*\n)+)^function [\w.:]+\(([^)]*)\) end$", re.MULTILINE)


@pytest.mark.parametrize("name", sorted(api_stubs()))
def test_api_stubs_when_a_function_has_parameters_then_all_are_described_in_order(name: str) -> None:
    """The `@param` lines above a function are its parameters."""
    found = PARAMETERS.findall(api_stubs()[name])
    assert found
    for comments, parameters in found:
        documented = re.findall(r"^---@param ([\w.]+)\??", comments, re.MULTILINE)
        assert documented == [each.strip() for each in parameters.split(",") if each.strip()], comments
