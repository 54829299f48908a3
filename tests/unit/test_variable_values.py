"""A variable's value outside: a scalar, a reference to an object, or a list of these."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from kernel_rooms import Rooms

_BYTES = """
local code, is_bound = ...
local sent, note = K.values.copy(load("local object = ... return " .. code)(%s), is_bound)
return K.values.bytes(sent), note or ""
"""


def told(rooms: Rooms, code: str, *, is_bound: bool = False) -> Any:
    """Returns what a Lua value is outside; the number of an object doesn't matter."""
    packed, _ = rooms(_BYTES % "nil", code, is_bound)
    return without_numbers(msgpack.unpackb(packed.encode("latin-1"), raw=False))


def without_numbers(value: Any) -> Any:
    """Returns a value in which every reference is "object"."""
    if isinstance(value, list):
        return [without_numbers(item) for item in value]
    return "object" if isinstance(value, dict) and value.keys() == {"obj"} else value


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("nil", None),
        ("true", True),
        ("false", False),
        ("42", 42),
        ("-7", -7),
        ("1.5", 1.5),
        ("2^40", 2**40),
        ("'text'", "text"),
        ("''", ""),
        ("{1, 2, 3}", [1, 2, 3]),
        ("{true, 'x', {1, {2}}}", [True, "x", [1, [2]]]),
        ("{{}}", [[]]),
        ("{ name = 'Ann' }", "object"),
        ("{}", "object"),
        ("{ 1, 2, name = 'x' }", "object"),
        ("{ 1, 2, _name = 'x' }", [1, 2]),
        ("{ _name = 'x' }", "object"),
        ("{ 1, type = 'T' }", "object"),
        ("setmetatable({}, { __index = { type = 'T' } })", "object"),
        ("setmetatable({ 1 }, { __index = { type = 'T' } })", "object"),
        ("{ [true] = 1 }", "object"),
        ("{ 1, { name = 'x' }, 'hello' }", [1, "object", "hello"]),
        ("print", None),
        ("coroutine.create(print)", None),
        ("0/0", None),
        ("1/0", None),
        ("-1/0", None),
        ("{ 1, print, 0/0, 2 }", [1, None, None, 2]),
    ],
)
def test_value_when_told_then_is_scalar_reference_or_list(rooms: Rooms, code: str, value: Any) -> None:
    """L1, L3, tracker-json-1 to tracker-json-4: what each kind of Lua value is outside."""
    assert told(rooms, code) == value


def test_empty_table_when_bound_as_a_list_then_is_one(rooms: Rooms) -> None:
    """An empty table without a type is an empty list where a list was, or a wrapper is; else an object."""
    assert told(rooms, "{}", is_bound=True) == []
    assert told(rooms, "{ type = 'T' }", is_bound=True) == "object"


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("print", "function"),
        ("coroutine.create(print)", "thread"),
        ("0/0", "finite"),
        ("{ 1, { print } }", "function"),
        ("1", ""),
    ],
)
def test_value_when_null_outside_then_a_note_says_why(rooms: Rooms, code: str, what: str) -> None:
    """Functions, coroutines and numbers that aren't finite are null with a diagnostic."""
    assert what in rooms(_BYTES % "nil", code, False)[1]
    assert (rooms(_BYTES % "nil", code, False)[1] == "") == (what == "")


def test_list_when_within_itself_then_ends_in_null(rooms: Rooms) -> None:
    """A list that holds itself, twice even, is told without that."""
    code = "local t = { 1 } t[2], t[3] = t, { t } return K.values.copy(t)"
    sent = f"local sent, note = (function() {code} end)() return K.values.bytes(sent), note"
    packed, note = rooms(sent)
    assert msgpack.unpackb(packed.encode("latin-1")) == [1, None, [None]]
    assert "within itself" in note


def test_list_when_nested_deeper_than_a_hundred_then_ends_in_null(rooms: Rooms) -> None:
    """Deep nesting is cut."""
    packed, note = rooms(
        "local t = 1 for _ = 1, 150 do t = { t } end local s, n = K.values.copy(t) return K.values.bytes(s), n"
    )
    value, depth = msgpack.unpackb(packed.encode("latin-1")), 0
    while value is not None:
        value, depth = value[0], depth + 1
    assert depth == 100
    assert "deeper" in note


def test_list_when_its_parts_are_shared_then_can_not_explode(rooms: Rooms) -> None:
    """Sixty lists that each hold the next one twice are refused, and soon."""
    packed, note = rooms(
        "local t = { 1 } for _ = 1, 60 do t = { t, t } end local s, n = K.values.copy(t) return K.values.bytes(s), n"
    )
    assert len(packed) < 1_000_000
    assert "100000 items" in note


def test_value_when_text_is_no_utf8_then_keeps_its_bytes(rooms: Rooms) -> None:
    """A string crosses as the bytes that it is."""
    packed, _ = rooms(_BYTES % "nil", "string.char(255, 0, 254)", False)
    assert msgpack.unpackb(packed.encode("latin-1"), raw=True) == b"\xff\x00\xfe"


@pytest.mark.parametrize(
    ("before", "change", "is_same"),
    [
        ("1", "v = 1", True),
        ("1", "v = 2", False),
        ("'a'", "v = nil", False),
        ("false", "v = nil", False),
        ("{1, 2}", "v[1] = 1", True),
        ("{1, 2}", "v[1] = 3", False),
        ("{1, 2}", "v[3] = 3", False),
        ("{1, 2}", "v[2] = nil", False),
        ("{1, 2}", "v = {1, 2}", True),
        ("{{1}, {2}}", "v[2][1] = 9", False),
        ("{a = 1}", "v.a = 2", True),
        ("{a = 1}", "v = {a = 1}", False),
        ("{1}", "v.name = 'x'", False),
        ("{a = 1}", "v.a, v[1] = nil, 1", False),
    ],
)
def test_value_when_compared_with_what_was_sent_then_a_change_in_place_is_seen(
    rooms: Rooms, before: str, change: str, *, is_same: bool
) -> None:
    """tracker-detect-2: lists by their items, objects by identity."""
    code = f"local v = {before} local sent = K.values.copy(v) {change} return (K.values.is_same(v, sent))"
    assert rooms(code) is is_same


def test_object_when_asked_twice_then_has_one_number(rooms: Rooms) -> None:
    """tracker-objects-1 to tracker-objects-5: an object has one number, which finds it, and no other has it."""
    code = """
    local a, b = {}, {}
    local number = K.objects.number
    return number(a) == number(a), number(a) ~= number(b), K.objects.find(number(a)) == a, K.objects.find(1e6) == nil
    """
    assert rooms(code) == (True, True, True, True)


def test_object_when_collected_then_its_number_is_not_given_again(rooms: Rooms) -> None:
    """tracker-objects-2: numbers are never given twice, and hold nothing alive."""
    code = """
    local number = K.objects.number({})
    collectgarbage() collectgarbage()
    local is_gone = K.objects.find(number) == nil
    return is_gone, K.objects.number({}) > number
    """
    assert rooms(code) == (True, True)


def test_equality_when_the_guest_defines_it_then_is_not_asked(rooms: Rooms) -> None:
    """Objects are compared by identity: no metamethod of the guest's runs, nor sees what the kernel keeps."""
    code = """
    local called = 0
    local meta = { __eq = function() called = called + 1 return true end }
    local a, b = setmetatable({ x = 1 }, meta), setmetatable({ x = 1 }, meta)
    return K.values.is_same(b, (K.values.copy(a))), K.values.is_equal(a, b), called
    """
    assert rooms(code) == (False, False, 0)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{ obj = 999999 }", "not-found"),
        ("{ obj = 'x' }", "bad-message"),
        ("{ a = 1 }", "bad-message"),
        ("{ 1, { b = 1 } }", "bad-message"),
    ],
)
def test_peers_value_when_no_value_then_is_refused(rooms: Rooms, value: str, code: str) -> None:
    """A peer sends scalars, references to live objects, and lists of these."""
    assert rooms(f"local ok, e = pcall(K.values.of_peer, {value}) return (K.refusals.told(e))") == code


def test_peers_reference_when_the_object_lives_then_is_that_object(rooms: Rooms) -> None:
    """VP2: `{"obj": n}` is the object itself, in lists too."""
    code = """
    local object = { name = "x" }
    local list = K.values.of_peer({ 1, { obj = K.objects.number(object) } })
    return list[2] == object, K.values.of_peer(false)
    """
    assert rooms(code) == (True, False)
