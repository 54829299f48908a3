"""What a connection is still to be told: coalesced, ordered, bounded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luahost.protocol.outgoing import HIGH, LOW, MEDIUM, MOST_REPLIES, Outgoing


@pytest.fixture
def outgoing() -> Outgoing:
    """Returns an empty one."""
    return Outgoing()


def update(id: int, **data: Any) -> dict[str, Any]:
    """Returns an update as it stands on the wire."""
    return {"type": "update", "data": {"varId": id, **data}}


def test_put_when_a_value_comes_then_it_is_pending(outgoing: Outgoing) -> None:
    """A value that is put is pending (P2, B1)."""
    outgoing.put_value(2, MEDIUM, 5)
    assert outgoing
    assert outgoing.take() == [update(2, value=5)]
    assert not outgoing


def test_put_when_properties_have_two_priorities_then_there_are_two_messages(outgoing: Outgoing) -> None:
    """High and medium properties go in two messages, high first (P3, P7)."""
    outgoing.put_properties(2, MEDIUM, {"b": "2"})
    outgoing.put_properties(2, HIGH, {"a": "1"})
    assert outgoing.take() == [update(2, properties={"a": "1"}), update(2, properties={"b": "2"})]


def test_take_when_priorities_differ_then_high_goes_first_and_low_last(outgoing: Outgoing) -> None:
    """The order is high, medium, low, and as they came within each (P4, VP4)."""
    for id, priority in [(2, LOW), (3, MEDIUM), (4, HIGH), (5, HIGH), (6, LOW)]:
        outgoing.put_value(id, priority, id)
    assert [message["data"]["varId"] for message in outgoing.take()] == [4, 5, 3, 2, 6]


def test_take_when_a_property_is_urgent_and_the_value_is_not_then_each_has_its_message(outgoing: Outgoing) -> None:
    """One variable, two priorities: the first message has the property only, the second the value only (P5)."""
    outgoing.put_value(2, MEDIUM, "v")
    outgoing.put_properties(2, HIGH, {"viewdefs": "{}"})
    assert outgoing.take() == [update(2, properties={"viewdefs": "{}"}), update(2, value="v")]


def test_take_when_it_was_taken_then_nothing_is_left(outgoing: Outgoing) -> None:
    """What was taken is pending no more (P6, P17)."""
    outgoing.put_value(2, MEDIUM, 1)
    outgoing.take()
    assert outgoing.take() == []


def test_put_when_a_value_changes_again_then_the_newest_goes_once(outgoing: Outgoing) -> None:
    """Values of one variable become one, in the place of the first; what has other news stays as it is."""
    outgoing.put_value(2, MEDIUM, 1)
    outgoing.put_properties(2, MEDIUM, {"a": "1"})
    outgoing.put_value(3, MEDIUM, 1)
    outgoing.put_value(2, MEDIUM, 2)
    assert outgoing.take() == [update(2, value=2, properties={"a": "1"}), update(3, value=1)]


def test_put_when_the_priority_changes_then_the_older_value_does_not_follow(outgoing: Outgoing) -> None:
    """A value that comes later with another priority takes the place of the one that is pending."""
    outgoing.put_value(2, LOW, "old")
    outgoing.put_properties(2, LOW, {"a": "old"})
    outgoing.put_value(2, HIGH, "new")
    outgoing.put_properties(2, HIGH, {"a": "new"})
    assert outgoing.take() == [update(2, value="new", properties={"a": "new"})]


def test_put_when_a_variable_is_destroyed_then_the_notice_goes_first_and_alone(outgoing: Outgoing) -> None:
    """Destroy notices ride in the frame, ahead of all, and what was pending of the variable goes (R112, R113, R114)."""
    outgoing.put_created(HIGH, {"id": 2})
    outgoing.put_value(2, HIGH, 1)
    outgoing.put_value(3, HIGH, 1)
    outgoing.put_destroyed(2)
    outgoing.put_destroyed(4)
    destroyed = [{"type": "destroy", "data": {"varId": id}} for id in (2, 4)]
    assert outgoing.take() == [*destroyed, update(3, value=1)]


def test_put_when_an_id_is_given_again_then_its_news_stand_behind_the_notice(outgoing: Outgoing) -> None:
    """A peer may use an id again: the end of the old one is told before the beginning of the new."""
    outgoing.put_destroyed(2)
    outgoing.put_value(2, HIGH, 1)
    assert [message["type"] for message in outgoing.take()] == ["destroy", "update"]


def test_put_when_a_peer_asks_and_never_reads_then_answers_are_dropped_with_an_error(outgoing: Outgoing) -> None:
    """What isn't coalesced is bounded; one error says that some is lost (bounded queue)."""
    for _ in range(3 * MOST_REPLIES):
        outgoing.put_reply("get", MEDIUM, {"variables": []})
    assert outgoing.is_full
    messages = outgoing.take()
    assert len(messages) == MOST_REPLIES + 1
    assert messages[0]["data"]["code"] == "limit"
    assert not outgoing.is_full


def trouble(id: int, code: str) -> dict[str, Any]:
    """Returns an error as it stands on the wire."""
    return {"type": "error", "data": {"varId": id, "code": code, "description": code}}


def test_put_when_a_variable_is_well_again_then_its_error_is_not_told(outgoing: Outgoing) -> None:
    """An error that came and went between two frames is over; the answer to what a peer asked stays."""
    outgoing.put_value(2, MEDIUM, None)
    outgoing.put_trouble(MEDIUM, trouble(2, "path-failure")["data"])
    outgoing.put_reply(**trouble(2, "access"), priority=MEDIUM)
    outgoing.put_value(2, MEDIUM, 5)
    assert outgoing.take() == [update(2, value=5), trouble(2, "access")]


def test_put_when_a_variable_has_another_error_then_it_takes_the_place_of_the_first(outgoing: Outgoing) -> None:
    """A variable is in one error at a time, and is told the last, behind its value."""
    outgoing.put_value(2, MEDIUM, None)
    for code in ("path-failure", "lua-error", "path-failure"):
        outgoing.put_trouble(MEDIUM, trouble(2, code)["data"])
    outgoing.put_trouble(MEDIUM, trouble(3, "lua-error")["data"])
    outgoing.put_destroyed(3)
    destroyed = {"type": "destroy", "data": {"varId": 3}}
    assert outgoing.take() == [destroyed, update(2, value=None), trouble(2, "path-failure")]


def test_put_when_the_same_error_comes_again_then_it_goes_once(outgoing: Outgoing) -> None:
    """A peer that sends nonsense all the time gets one error a frame."""
    for number in range(3):
        error = {"varId": 0, "code": "bad-message", "description": str(number)}
        outgoing.put_reply("error", HIGH, error)
    assert [message["data"]["description"] for message in outgoing.take()] == ["2"]


@given(
    st.lists(
        st.tuples(st.sampled_from([2, 3]), st.sampled_from([HIGH, MEDIUM, LOW]), st.sampled_from(["", "a", "b"])),
        max_size=30,
    )
)
def test_take_when_anything_was_put_then_a_reader_ends_with_the_newest(puts: list[tuple[int, int, str]]) -> None:
    """However values and properties came, each is told once, and it is the newest."""
    outgoing, newest = Outgoing(), {}
    for number, (id, priority, name) in enumerate(puts):
        newest[id, name] = str(number)
        if name:
            outgoing.put_properties(id, priority, {name: str(number)})
        else:
            outgoing.put_value(id, priority, str(number))
    told = []
    for message in outgoing.take():
        data = message["data"]
        told += [((data["varId"], name), text) for name, text in data.get("properties", {}).items()]
        told += [((data["varId"], ""), data["value"])] if "value" in data else []
    assert sorted(told) == sorted(newest.items())
