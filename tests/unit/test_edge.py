"""The edge: Python's half of the conversion."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.errors import ConversionError, LimitExceeded, LuaError, LuaSyntaxError, ModuleNotFound
from luahost.vm import edge

PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text()
NESTED = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


@given(NESTED)
def test_pack_when_data_is_plain_then_it_unpacks_to_the_same(value: object) -> None:
    """Nested plain data survives msgpack."""
    assert edge.unpack(edge.pack(value)) == value


@given(st.binary())
def test_unpack_when_a_string_is_not_utf8_then_it_is_bytes(raw: bytes) -> None:
    """Strings come as text where they are UTF-8, else as bytes, keys too."""
    import msgpack

    packed = msgpack.packb({raw: [raw, "x"]}, use_bin_type=False)
    (key,) = edge.unpack(packed)
    assert (key if isinstance(key, bytes) else key.encode()) == raw


@pytest.mark.parametrize("value", [object(), {1, 2}, 2**64, -(2**63) - 1, 1j, print, "\ud800", [object()]])
def test_pack_when_lua_could_not_hold_it_then_it_is_refused(value: object) -> None:
    """What is not plain data is ConversionError."""
    with pytest.raises(ConversionError, match="can't enter the session"):
        edge.pack(value)


def test_pack_when_it_is_a_cycle_then_it_is_refused() -> None:
    """A list that holds itself is ConversionError, not an endless loop."""
    cycle: list[object] = []
    cycle.append(cycle)
    with pytest.raises(ConversionError):
        edge.pack(cycle)


def test_crossing_when_values_are_short_and_plain_then_they_cross_as_they_are() -> None:
    """Numbers, booleans, None and short strings need no packing."""
    assert list(edge.crossing((1, 2.5, None, True, b"x", "ä")) or ()) == [1, 2.5, None, True, b"x", "ä".encode()]


@pytest.mark.parametrize("values", [([],), ({},), ("x" * 5000,), (b"x" * 5000,), (1,) * 51, (1, [2])])
def test_crossing_when_a_value_is_nested_or_long_then_all_are_packed(values: tuple[object, ...]) -> None:
    """What has to be packed is told by None."""
    assert edge.crossing(values) is None


def test_crossing_when_text_is_half_a_pair_then_it_is_refused() -> None:
    """A lone surrogate has no bytes."""
    with pytest.raises(ConversionError):
        edge.crossing(("\ud800",))


def test_crossing_as_doubles_when_a_number_is_too_big_then_it_is_packed() -> None:
    """For a VM without integers, what a double can't tell from its neighbour goes to the kernel, which refuses it."""
    assert edge.crossing_of("luajit21")((2**53,)) == (2**53,)
    assert edge.crossing_of("luajit21")((2**53 + 1,)) is None
    assert edge.crossing_of("lua54")((2**53 + 1,)) == (2**53 + 1,)


@pytest.mark.parametrize(
    ("values", "answer"), [([], ()), ([1], 1), ([1, None], (1, None)), ([math.inf], math.inf), ([[1]], [1])]
)
def test_answer_when_values_are_packed_then_one_stands_alone(values: list[object], answer: object) -> None:
    """One value comes alone, several as a tuple."""
    assert edge.answer((edge.PACKED, edge.pack(values))) == answer


@pytest.mark.parametrize(
    ("kind", "error"),
    [("error", LuaError), ("syntax", LuaSyntaxError), ("module", ModuleNotFound), ("limit", LimitExceeded),
     ("conversion", ConversionError)],
)  # fmt: skip
def test_error_of_when_the_kernel_names_a_kind_then_it_is_that_class(kind: str, error: type) -> None:
    """Each kind of record has its class."""
    record = {"kind": kind, "message": "no", "file": "a.lua", "line": 3, "frames": []}
    assert type(edge.error_of(record)) is error


def test_error_of_when_it_has_frames_then_they_are_the_stack() -> None:
    """The record's frames are the error's Lua stack, its text begins with the place."""
    frames = [{"file": "a.lua", "line": 3, "name": "f"}]
    error = edge.error_of({"kind": "error", "message": "no", "file": "a.lua", "line": 3, "frames": frames})
    assert isinstance(error, LuaError)
    assert (str(error), error.stack[0].function) == ("a.lua:3: no", "f")
