"""The wire: frames that can be read, and those that can't."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import msgpack
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.protocol.messages import (
    BadMessage,
    Create,
    Destroy,
    Error,
    Get,
    GetObjects,
    Poll,
    Unwatch,
    Update,
    Watch,
    error_message,
)
from luahost.protocol.wire import Batch, decode, encode

WATCH = {"type": "watch", "data": {"varId": 1}}

KINDS: dict[str, tuple[type, dict[str, Any]]] = {
    "create": (Create, {"id": 2, "parentId": 1, "properties": {"path": "a"}, "nowatch": True, "unbound": False}),
    "destroy": (Destroy, {"varId": 2}),
    "update": (Update, {"varId": 2, "value": [1, {"obj": 2}, None, [True, "x", 1.5]]}),
    "watch": (Watch, {"varId": 1}),
    "unwatch": (Unwatch, {"varId": -1}),
    "error": (Error, {"varId": 2, "code": "lua-error", "description": "app.lua:1: boom"}),
    "get": (Get, {"varIds": [1, -1]}),
    "getObjects": (GetObjects, {"objIds": [1, 2]}),
    "poll": (Poll, {"wait": "5s"}),
}

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


def text(value: object) -> str:
    """Returns a value as JSON."""
    return json.dumps(value)


@pytest.mark.parametrize("type", KINDS)
@pytest.mark.parametrize("form", [text, msgpack.packb])
def test_decode_when_each_kind_comes_in_each_form_then_it_is_read(type: str, form: Any) -> None:
    """The nine kinds of message are read from JSON and from msgpack (P10, P11, P12, P13)."""
    kind, data = KINDS[type]
    (message,) = decode(form({"type": type, "data": data})).messages
    assert isinstance(message, kind)
    assert msgspec.to_builtins(message)["data"].items() >= data.items()


def test_decode_when_a_list_comes_then_all_are_read_and_no_user_waits() -> None:
    """A list is a batch without a user event (P16, P18)."""
    batch = decode(text([WATCH, WATCH]))
    assert (len(batch.messages), batch.user_event) == (2, False)


def test_decode_when_one_message_comes_then_it_is_a_batch_of_one() -> None:
    """A single message is read as one, without a user event (P19)."""
    batch = decode(text(WATCH))
    assert (len(batch.messages), batch.user_event) == (1, False)


def test_decode_when_a_user_event_comes_then_its_messages_are_in_order() -> None:
    """A wrapper tells that a user waits, and keeps the order (P20)."""
    batch = decode(text({"userEvent": True, "messages": [WATCH, {"type": "unwatch", "data": {"varId": 1}}]}))
    assert [type(message) for message in batch.messages] == [Watch, Unwatch]
    assert batch.user_event


def test_decode_when_the_wrapper_is_no_user_event_then_nobody_waits() -> None:
    """A wrapper may say that it is no user event (P21)."""
    assert decode(text({"userEvent": False, "messages": [WATCH]})).user_event is False


@pytest.mark.parametrize("frame", ["", b"", "[]", b"\x90"])
def test_decode_when_the_frame_says_nothing_then_there_is_nothing(frame: str | bytes) -> None:
    """No data is no message and no error (P22)."""
    assert decode(frame) == decode("")
    assert (decode(frame).messages, decode(frame).bad, decode(frame).user_event) == ((), (), False)


def test_decode_when_a_wrapper_is_empty_then_it_is_one_message_without_a_type() -> None:
    """A wrapper without messages is one message that has no type, and no user event (P23)."""
    batch = decode(text({"userEvent": True, "messages": []}))
    assert (len(batch.messages), len(batch.bad), batch.user_event) == (0, 1, False)
    assert "`type`" in str(batch.bad[0])


def test_decode_when_an_update_has_properties_alone_then_it_has_no_value() -> None:
    """No value and the value null are two things (P14)."""
    without, null = decode(
        text(
            [{"type": "update", "data": {"varId": 2, **more}} for more in ({"properties": {"a": "b"}}, {"value": None})]
        )
    ).messages
    assert without.data.value is msgspec.UNSET  # type: ignore[union-attr]
    assert null.data.value is None  # type: ignore[union-attr]


def test_decode_when_one_of_a_batch_is_bad_then_the_others_are_read() -> None:
    """A bad message stops no other, and is told of with its variable."""
    batch = decode(text([WATCH, {"type": "update", "data": {"varId": 7, "value": {"a": 1}}}, WATCH]))
    assert [len(batch.messages), [bad.variable for bad in batch.bad]] == [2, [7]]


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "nonsense",
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        '{"type":"watch","data":{"varId":' + "9" * 10_000 + "}}",
        '["\ud800"]',
        '"\\ud800"',
        "NaN",
        b"\xff\xfe",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xa2\xff\xff",
        b"\x91" * 10_000 + b"\xc0",
        b"\x81\x81\x01\x01\x01",
        b"\xc1",
    ],
)
def test_decode_when_a_frame_cannot_be_read_then_says_so(frame: str | bytes) -> None:
    """Not JSON, not msgpack, not UTF-8, too deep, too great: BadMessage, and no memory is taken on a peer's word."""
    with pytest.raises(BadMessage):
        decode(frame)


@pytest.mark.parametrize(
    "message",
    [
        None,
        5,
        "watch",
        [],
        {},
        {"type": "watch"},
        {"type": "fly", "data": {}},
        {"type": ["watch"], "data": {"varId": 1}},
        {"type": "watch", "data": []},
        {"type": "watch", "data": {}},
        {"type": "watch", "data": {"varId": 1.5}},
        {"type": "watch", "data": {"varId": "1"}},
        {"type": "watch", "data": {"varId": True}},
        {"type": "watch", "data": {"varId": None}},
        {"type": "watch", "data": {"varId": 2**53}},
        {"type": "watch", "data": {"varId": -(2**60)}},
        {"type": "create", "data": {"id": 2}},
        {"type": "update", "data": {"varId": 2, "properties": {"a": 1}}},
        {"type": "update", "data": {"varId": 2, "properties": ["a"]}},
        {"type": "update", "data": {"varId": 2, "value": {"obj": 0}}},
        {"type": "update", "data": {"varId": 2, "value": {"obj": 1.5}}},
        {"type": "update", "data": {"varId": 2, "value": {"obj": 1, "more": 2}}},
        {"type": "update", "data": {"varId": 2, "value": [{"a": 1}]}},
        {"type": "update", "data": {"varId": 2, "value": 2**53}},
        {"type": "get", "data": {"varIds": 1}},
        {"type": "getObjects", "data": {"objIds": ["1"]}},
    ],
)
@pytest.mark.parametrize("form", [text, msgpack.packb])
def test_decode_when_a_message_has_the_wrong_shape_then_it_is_bad(message: object, form: Any) -> None:
    """Unknown types, missing fields, ids that are none, values that are neither scalar nor reference nor list."""
    batch = decode(form([message]))
    assert (batch.messages, len(batch.bad)) == ((), 1)


def test_decode_when_lists_lie_deep_then_there_is_an_end() -> None:
    """Lists in lists are values, up to a depth."""
    value: Any = 1
    for _ in range(32):
        value = [value]
    frames = [text({"type": "update", "data": {"varId": 2, "value": each}}) for each in (value, [value])]
    assert [len(decode(frame).messages) for frame in frames] == [1, 0]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_decode_when_a_number_is_none_that_json_has_then_it_is_bad(number: float) -> None:
    """What a text frame can't say, a binary frame may not say either."""
    batch = decode(msgpack.packb({"type": "update", "data": {"varId": 2, "value": number}}))
    assert len(batch.bad) == 1


@pytest.mark.parametrize("value", [b"bytes", msgpack.ExtType(5, b"x"), msgpack.Timestamp(1)])
def test_decode_when_msgpack_has_more_kinds_then_they_are_bad(value: object) -> None:
    """Both forms have the same shapes: no byte strings, extensions or times."""
    batch = decode(msgpack.packb({"type": "update", "data": {"varId": 2, "value": value}}))
    assert len(batch.bad) == 1


@given(st.text() | st.binary())
def test_decode_when_anything_comes_then_it_is_read_or_bad(frame: str | bytes) -> None:
    """No frame raises anything but BadMessage."""
    with suppress(BadMessage):
        assert isinstance(decode(frame), Batch)


@given(plain)
def test_decode_when_any_value_comes_then_it_is_read_or_bad(value: object) -> None:
    """No readable frame is lost: each of its messages is read, or told to be bad."""
    batch = decode(msgspec.json.encode([value]).decode())
    assert len(batch.messages) + len(batch.bad) == 1


@given(plain, st.sampled_from(sorted(KINDS)), st.sampled_from(["id", "varId", "value", "properties", "varIds", "wait"]))
def test_decode_when_a_field_is_anything_then_it_is_read_or_bad(value: object, type: str, field: str) -> None:
    """The same for each field of each kind."""
    data = {**KINDS[type][1], field: value}
    batch = decode(msgspec.json.encode({"type": type, "data": data}).decode())
    assert len(batch.messages) + len(batch.bad) == 1


def test_encode_when_one_message_goes_then_it_is_itself_and_several_are_a_list() -> None:
    """A single message is an object, several are an array, in either form (P8, P9)."""
    assert json.loads(encode([WATCH], is_binary=False)) == WATCH
    assert json.loads(encode([WATCH, WATCH], is_binary=False)) == [WATCH, WATCH]
    assert msgpack.unpackb(encode([WATCH, WATCH], is_binary=True)) == [WATCH, WATCH]


def test_encode_when_a_number_is_none_that_json_has_then_it_is_null() -> None:
    """An infinite number or NaN makes no frame that a browser can't read."""
    assert encode([{"value": float("nan")}], is_binary=False) == '{"value":null}'


def test_error_message_when_it_is_read_again_then_it_is_the_same() -> None:
    """An error keeps its variable, code and description (P15)."""
    (message,) = decode(encode([error_message(7, "access", "read only")], is_binary=False)).messages
    assert isinstance(message, Error)
    assert (message.data.varId, message.data.code, message.data.description) == (7, "access", "read only")
