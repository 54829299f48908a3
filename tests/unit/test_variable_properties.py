"""A variable's properties: strings by name, and how urgently each is told."""

from __future__ import annotations

import pytest
from kernel_rooms import Rooms

_SPLIT = "local name, rank = K.properties.split((...)) return name, rank or 0"
_CODE = (
    "local f, a = ... local ok, e = pcall(K.properties[f], a) if ok then return 'fine' end return (K.refusals.told(e))"
)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("label", ("label", 0)),
        ("label:high", ("label", 1)),
        ("label:med", ("label", 2)),
        ("label:medium", ("label", 2)),
        ("label:low", ("label", 3)),
        ("label:loud", ("label:loud", 0)),
        ("a:b:low", ("a:b", 3)),
        (":high", ("", 1)),
        ("high", ("high", 0)),
        ("label:HIGH", ("label:HIGH", 0)),
    ],
)
def test_name_when_it_ends_in_a_priority_then_is_split(rooms: Rooms, name: str, parts: tuple[str, int]) -> None:
    """P1, tracker-priority-4: `:high`, `:med` and `:low` behind a name say how urgent it is."""
    assert rooms(_SPLIT, name) == parts


@pytest.mark.parametrize(("word", "rank"), [("high", 1), ("med", 2), ("medium", 2), ("low", 3), ("", 2)])
def test_priority_when_named_then_is_a_number_that_sorts(rooms: Rooms, word: str, rank: int) -> None:
    """tracker-priority-1, tracker-priority-2, tracker-priority-3: high before medium before low; medium for none."""
    assert rooms("return K.properties.priority_of((...))", word) == rank


def test_priority_when_unknown_then_is_refused(rooms: Rooms) -> None:
    """tracker-priority-3: another word is a bad message."""
    assert rooms(_CODE, "priority_of", "urgent") == "bad-message"


def test_properties_when_taken_in_then_lose_their_suffixes(rooms: Rooms) -> None:
    """Names come without the suffix, and the priorities beside them."""
    code = """
    local values, ranks = K.properties.normal({ ["label:high"] = "x", plain = "" })
    return values.label, ranks.label, values.plain, ranks.plain or 0
    """
    assert rooms(code) == ("x", 1, "", 0)


@pytest.mark.parametrize("given", ["{ a = 1 }", "{ 'a' }", "{ a = true }", "{ a = {} }"])
def test_properties_when_not_strings_by_name_then_are_refused(rooms: Rooms, given: str) -> None:
    """Property values are strings."""
    code = f"local ok, e = pcall(K.properties.normal, {given}) return (K.refusals.told(e))"
    assert rooms(code) == "bad-message"


def test_properties_when_more_than_a_thousand_then_are_refused(rooms: Rooms) -> None:
    """A variable has at most 1,000 properties at once."""
    code = """
    local given = {}
    for i = 1, (...) do given["p" .. i] = "x" end
    local ok, e = pcall(K.properties.normal, given)
    if ok then return "fine" end
    return (K.refusals.told(e))
    """
    assert [rooms(code, n) for n in (1000, 1001)] == ["fine", "limit"]
