"""Events: who wants to be told of what happens in a host."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

EVENTS = frozenset(
    {
        "reload_applied",
        "reload_failed",
        "session_opening",
        "session_created",
        "session_closed",
        "lua_error",
        "log",
        "files_changed",
        "changes",
        "view_definitions_changed",
        "watch_error",
        "session_saved",
        "session_lost",
        "save_failed",
        "store_degraded",
        "store_recovered",
    }
)

Callback = Callable[[Any], object]


class Subscription:
    """The handle that `Events.on` answers; `close()` ends it, twice is nothing."""

    def __init__(self, subscriptions: list[Subscription], callback: Callback, *, aside: bool = False) -> None:
        self._subscriptions = subscriptions
        self.callback = callback
        self.is_aside = aside

    def close(self) -> None:
        """Stops the callback from being called."""
        with suppress(ValueError):
            self._subscriptions.remove(self)


class Events:
    """Keeps the callbacks of a host, by event name. A callback that raises is logged and stops nobody."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, list[Subscription]] = {name: [] for name in EVENTS}
        self._log = structlog.get_logger("luahost")

    def on(self, event: str, callback: Callback, *, aside: bool = False) -> Subscription:
        """Calls `callback` with the event's value each time `event` happens; raises ValueError for an unknown name.

        `aside`: who only looks on. Lines and errors go to the log still, as if nobody listened.
        """
        if event not in self._subscriptions:
            raise ValueError(f"no event {event!r}; there are: {', '.join(sorted(EVENTS))}")
        if not callable(callback):
            raise TypeError(f"{event}: a function is expected, not {type(callback).__name__}")
        subscription = Subscription(self._subscriptions[event], callback, aside=aside)
        self._subscriptions[event].append(subscription)
        return subscription

    def has(self, event: str) -> bool:
        """Returns whether anybody listens to `event` who doesn't just look on."""
        return any(not subscription.is_aside for subscription in self._subscriptions[event])

    def is_heard(self, event: str) -> bool:
        """Returns whether anybody at all is told of `event`."""
        return bool(self._subscriptions[event])

    def emit(self, event: str, value: object) -> None:
        """Calls everybody who listens to `event`, in the order they asked."""
        for subscription in tuple(self._subscriptions[event]):
            try:
                subscription.callback(value)
            except Exception:
                self._log.exception("callback_failed", event_name=event)
