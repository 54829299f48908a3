"""Values as the command line shows them."""

from __future__ import annotations

from typing import Any

import pytest

from luahost.literals import literal, results


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nil"),
        (True, "true"),
        (5, "5"),
        (5.0, "5.0"),
        (float("nan"), "0/0"),
        (float("-inf"), "-math.huge"),
        ('a "b"\\\n\t\x1b\u200b é', r'"a \"b\"\\\n\t\x1b\u{200b} é"'),
        (b"a\xff\x00", r'"a\xff\x00"'),
        ([], "{}"),
        ([1, "x", [2]], '{1, "x", {2}}'),
        ({"name": "Ann", "end": 1, "a b": 2, 10: 1.5, 9: True, False: 0},
         '{[9] = true, [10] = 1.5, [false] = 0, ["a b"] = 2, ["end"] = 1, name = "Ann"}'),
    ],
)  # fmt: skip
def test_literal_when_it_fits_then_is_one_line_of_lua(value: Any, text: str) -> None:
    """A value is shown as Lua would write it."""
    assert literal(value, width=80) == text


def test_literal_when_too_wide_then_has_an_entry_a_line() -> None:
    """A table that doesn't fit has each entry on its own line, and the inner ones that fit on one."""
    contacts = {"title": "Contacts", "items": [{"name": "Ann", "phone": "1"}, {"name": "Bob", "phone": "2"}]}
    assert literal(contacts, width=40).splitlines() == [
        "{",
        "  items = {",
        '    {name = "Ann", phone = "1"},',
        '    {name = "Bob", phone = "2"},',
        "  },",
        '  title = "Contacts",',
        "}",
    ]


def test_results_when_several_fit_then_stand_beside_each_other() -> None:
    """Several answers are a list on one line."""
    assert results((1, "x", None), width=80) == '1, "x", nil'


def test_results_when_several_do_not_fit_then_stand_below_each_other() -> None:
    """Answers too wide for one line have a line each."""
    assert results(("a" * 9, "b" * 9), width=20) == f'"{"a" * 9}"\n"{"b" * 9}"'
