"""`luahost check`: functions that keep old code after a reload."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite

RECORD = """\
local Record = session:prototype("Record", { id = EMPTY, limit = 5, render = function() end })
function Record:check() end
function Record.make() end
Record.store = function() end
return Record
"""
TEXT = "local M = { width = 3, wrap = function() end }\nlocal function trim() end\nM.trim = trim\nreturn M\n"
LIBRARY = {"lua/record.lua": RECORD, "lua/text.lua": TEXT}
HEAD = 'local Record, text = require("record"), require("text")\n'


@pytest.mark.parametrize(
    ("lua", "column"),
    [
        ("local check = Record.check", 15),
        ("local a, make = 1, Record.make", 20),
        ('local f = Record["store"]', 11),
        ("local f = Record.render", 11),
        ('local f = require("record").check', 11),
        ("local f = text.trim", 11),
        ("local f = (text).wrap", 11),
        ("local used = {} used.f = Record.check", 26),
        ("function app:open() self.check = Record.check end", 34),
        ("function app:open() self.view.check = Record.check end", 39),
        ("function app.open(self) self.check = Record.check end", 38),
        ("function app:open() local x = Record:new() x.f = Record.check end", 50),
        ("app = session:create(Record, { f = Record.check })", 36),
        ("app = Record:new { f = Record.check }", 24),
        ("session:setInterval(Record.check, 10)", 21),
    ],
)
def test_copy_when_it_outlives_a_reload_then_is_found_at_the_function(
    checked: CheckedSite, lua: str, column: int
) -> None:
    """A copy at load, in an object or in an interval goes on with the old code."""
    files = {**LIBRARY, "lua/main.lua": HEAD + lua}
    lint = "copied-function" if "text." in lua or "(text)" in lua else "copied-method"
    assert checked.places(files) == [f"lua/main.lua:2:{column} {lint}"]


@pytest.mark.parametrize(
    "lua",
    [
        "local limit = Record.limit",
        "local width = text.width",
        "local insert = table.insert",
        "local unknown = Record.nothing",
        "local old = session.prototype",
        "function app:open() local check = Record.check check(self) end",
        "function app:open() return Record.check end",
        "function app:open() local x = {} x.f = Record.check end",
        'local Note = session:prototype("Note", {}) Note.check = Record.check',
        'session:prototype("Note", { check = Record.check })',
        "Note = {} Note.check = Record.check",
        "session.check = Record.check",
        "_G.check = Record.check",
        "check = Record.check",
        "local M = {} M.check = Record.check return M",
        "table.sort(list, Record.check)",
        "pcall(Record.check, app)",
        'session:setInterval(app, "check", 10)',
        "Record = nil local check = Record.check",
    ],
)
def test_copy_when_it_is_short_lived_or_replaced_by_a_reload_then_is_left_alone(checked: CheckedSite, lua: str) -> None:
    """Tables where a reload replaces functions hold new ones; values are no functions."""
    assert checked.places({**LIBRARY, "lua/main.lua": HEAD + lua}) == []


def test_copy_when_the_function_is_of_the_same_file_then_only_what_lives_on_is_found(checked: CheckedSite) -> None:
    """The file's next run fills its locals anew; objects keep what they have."""
    lua = "local run = Record.check\nfunction Record:keep() self.f = self.check end\nsession:setInterval(run, 10)\n"
    own = RECORD.replace("return Record\n", f"{lua}return Record\n")
    assert checked.places({"lua/record.lua": own}) == ["lua/record.lua:6:33 copied-method"]


def test_copy_when_requirers_run_again_then_locals_are_left_alone(checked: CheckedSite) -> None:
    """With the setting `cascade` a reload runs the files that hold copies."""
    files = {**LIBRARY, "lua/main.lua": f"{HEAD}local check = Record.check\n"}
    assert checked.places(files, cascade=True) == []


def test_copy_when_the_method_is_inherited_then_is_found(checked: CheckedSite) -> None:
    """A method of the base is one of the derived prototype; so is one of `Object`."""
    files = {
        **LIBRARY,
        "lua/object.lua": 'local Object = session:prototype("Object", {}) function Object:say() end return Object',
        "lua/note.lua": 'return session:prototype("Note", {}, require("record"))',
        "lua/main.lua": 'local Note = require("note")\nlocal f, g = Note.check, Note.say',
    }
    assert checked.places(files) == ["lua/main.lua:2:14 copied-method", "lua/main.lua:2:26 copied-method"]
    files["lua/note.lua"] = 'return session:prototype("Note", {})'
    assert checked.places(files) == ["lua/main.lua:2:26 copied-method"]


def test_copy_when_the_prototype_is_a_global_then_is_found(checked: CheckedSite) -> None:
    """Globals that are assigned once mean what they were given."""
    files = {"lua/record.lua": RECORD.replace("local Record", "Record"), "lua/main.lua": "local f = Record.check"}
    assert checked.places(files) == ["lua/main.lua:1:11 copied-method"]


def test_copy_when_found_then_the_sentence_says_what_to_do(checked: CheckedSite) -> None:
    """A copy at load is a call through the table that is missing; the others are a name."""
    files = {**LIBRARY, "lua/main.lua": f"{HEAD}local check = Record.check"}
    assert checked.message(files) == (
        "`check` keeps the old `Record.check` when lua/record.lua is reloaded, until this file runs again: "
        "call `Record.check(…)` where it is needed"
    )
    files["lua/main.lua"] = f"{HEAD}session:setInterval(Record.check, 10)"
    assert '`session:setInterval(object, "check", ms)`' in checked.message(files)


def test_copy_when_it_is_in_a_spec_then_is_left_alone(checked: CheckedSite) -> None:
    """A spec runs in a session of its own, which ends with it."""
    files = {**LIBRARY, "lua/main_spec.lua": f"{HEAD}local check, trim = Record.check, text.trim\n"}
    assert checked.places(files) == []
