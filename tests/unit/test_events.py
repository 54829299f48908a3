"""Events: callbacks by name."""

from __future__ import annotations

import pytest

from luahost.events import Events


def test_emit_when_several_listen_then_all_are_called_in_order() -> None:
    """Everybody who asked gets the value, in the order they asked."""
    events, seen = Events(), []
    events.on("log", lambda value: seen.append(("first", value)))
    events.on("log", lambda value: seen.append(("second", value)))
    events.emit("log", 1)
    assert seen == [("first", 1), ("second", 1)]


def test_emit_when_a_callback_raises_then_the_others_are_called() -> None:
    """A callback that raises stops nobody, neither the others nor whoever emits."""
    events, seen = Events(), []
    events.on("log", lambda _: 1 / 0)
    events.on("log", seen.append)
    events.emit("log", 1)
    assert seen == [1]


def test_on_when_the_name_is_unknown_then_it_is_refused_with_the_names() -> None:
    """A misspelt event is a ValueError that lists the events there are."""
    with pytest.raises(ValueError, match=r"no event 'logs'; there are: .*log, "):
        Events().on("logs", print)


def test_on_when_the_callback_is_none_then_it_is_refused_at_once() -> None:
    """What can't be called is a TypeError where it is given, not when the event happens."""
    with pytest.raises(TypeError, match="log: a function is expected, not NoneType"):
        Events().on("log", None)  # type: ignore[arg-type]


def test_subscription_when_it_is_closed_then_its_callback_is_not_called() -> None:
    """Closing a subscription ends it alone; twice is nothing."""
    events, seen = Events(), []
    first = events.on("log", seen.append)
    events.on("log", seen.append)
    first.close()
    first.close()
    events.emit("log", 1)
    assert seen == [1]
    assert events.has("log")


def test_subscription_when_it_is_closed_within_its_callback_then_that_works() -> None:
    """A callback may end its own subscription while it runs; the next one is still called."""
    events, seen = Events(), []
    once = events.on("log", lambda _: once.close())
    events.on("log", seen.append)
    events.emit("log", 1)
    events.emit("log", 2)
    assert seen == [1, 2]


def test_on_when_somebody_looks_on_then_is_told_and_does_not_count() -> None:
    """Who listens aside gets the value, but nobody relies on it."""
    events, seen = Events(), []
    events.on("log", seen.append, aside=True)
    events.emit("log", 1)
    assert seen == [1]
    assert not events.has("log")
    events.on("log", print)
    assert events.has("log")
