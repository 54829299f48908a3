"""`luahost check`: tables that instances share, and prototypes that two files declare."""

from __future__ import annotations

import pytest
from checked_site import CheckedSite


def declared(fields: str) -> dict[str, str]:
    """Returns a site that declares a prototype with these fields."""
    return {"lua/main.lua": f'local P = session:prototype("P", {{\n  {fields}\n}})\n'}


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ("list = {}", 3),
        ("name = 'x', list = { 1, 2 }", 15),
        ('["list"] = {}', 3),
        ("list = { a = { f = print } }", 3),
    ],
)
def test_default_when_it_is_a_table_then_is_found_at_its_field(checked: CheckedSite, fields: str, column: int) -> None:
    """A table default is one table for all instances, full or empty."""
    assert checked.places(declared(fields)) == [f"lua/main.lua:2:{column} shared-table-default"]


@pytest.mark.parametrize(
    "fields",
    [
        "list = EMPTY",
        "name = 'x', number = 1, flag = false",
        "1, 2, { 3 }",
        "list = setmetatable({}, meta)",
        "list = names()",
        "handlers = { open = function() end }",
        "__index = {}, type = {}",
        "[key] = {}",
        "method = function(self) return {} end",
    ],
)
def test_default_when_it_is_meant_or_no_table_then_is_left_alone(checked: CheckedSite, fields: str) -> None:
    """What holds functions, has a metatable, or is computed may be shared on purpose."""
    assert checked.places(declared(fields)) == []


def test_default_when_the_init_is_a_local_or_the_name_computed_then_is_found(checked: CheckedSite) -> None:
    """The table may be written out somewhere else, and the prototype have any name."""
    lua = "local s = session\nlocal init = { list = {} }\nreturn s:prototype(name, init)\n"
    assert checked.places({"lua/a.lua": lua}) == ["lua/a.lua:2:16 shared-table-default"]
    assert "for all instances of this prototype:" in checked.message({"lua/a.lua": lua})


@pytest.mark.parametrize(
    "lua",
    [
        'local session = other session:prototype("P", { list = {} })',
        'other:prototype("P", { list = {} })',
        "session:create(P, { list = {} })",
        'local init = { list = {} } init = nil session:prototype("P", init)',
        'session:prototype("P")',
        'session:prototype("P", nil, Base)',
    ],
)
def test_default_when_nothing_is_declared_then_is_left_alone(checked: CheckedSite, lua: str) -> None:
    """Other tables are nobody's business, and a name may mean something else here."""
    assert checked.places({"lua/a.lua": lua}) == []


DECLARED = 'local P = session:prototype("P", { name = EMPTY })\n'


def test_name_when_two_files_of_a_session_declare_it_then_the_second_is_told_of_the_first(
    checked: CheckedSite,
) -> None:
    """Two prototypes under one name are one, which changes with whichever file ran last."""
    files = {"lua/main.lua": 'require("a") require("b")', "lua/a.lua": f"\n{DECLARED}", "lua/b.lua": DECLARED}
    assert checked.places(files) == ["lua/b.lua:1:11 duplicate-prototype"]
    assert "'P' is declared in lua/a.lua:2, too" in checked.message(files)


@pytest.mark.parametrize(
    "files",
    [
        {"apps/one/app.lua": DECLARED, "apps/two/app.lua": DECLARED},
        {"lua/main.lua": 'require("a") require("b")', "lua/a.lua": DECLARED, "lua/b.lua": 'session:prototype("P")'},
        {
            "lua/main.lua": 'require("a") require("b")',
            "lua/a.lua": DECLARED,
            "lua/b.lua": "session:prototype(name, {})",
        },
        {"lua/main.lua": f"{DECLARED}{DECLARED}"},
        {"lua/a.lua": DECLARED, "lua/a_spec.lua": f'require("a") {DECLARED}'},
    ],
)
def test_name_when_the_files_never_meet_or_one_declares_no_fields_then_is_left_alone(
    checked: CheckedSite, files: dict[str, str]
) -> None:
    """Two apps may use one name; a declaration without fields asks for the prototype that is there."""
    assert checked.places(files) == []
