"""Events: who wants to be told of what happens in a host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog

EVENTS = frozenset(
    {
        "reload_applied",
        "reload_failed",
        "session_created",
        "session_closed",
        "lua_error",
        "log",
        "files_changed",
        "watch_error",
    }
)

Callback = Callable[[Any], object]


class Subscription:
    """The handle that `Events.on` answers; `close()` ends it, twice is nothing."""

    def __init__(self, callbacks: list[Callback], callback: Callback) -> None:
        self._callbacks = callbacks
        self._callback = callback

    def close(self) -> None:
        """Stops the callback from being called."""
        if self._callback in self._callbacks:
            self._callbacks.remove(self._callback)


class Events:
    """Keeps the callbacks of a host, by event name. A callback that raises is logged and stops nobody."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[Callback]] = {name: [] for name in EVENTS}
        self._lock = threading.Lock()
        self._log = structlog.get_logger("luahost")

    def on(self, event: str, callback: Callback) -> Subscription:
        """Calls `callback` with the event's value each time `event` happens; raises ValueError for an unknown name."""
        if event not in self._callbacks:
            raise ValueError(f"no event {event!r}; there are: {', '.join(sorted(EVENTS))}")
        with self._lock:
            self._callbacks[event].append(callback)
        return Subscription(self._callbacks[event], callback)

    def has(self, event: str) -> bool:
        """Returns whether anybody listens to `event`."""
        return bool(self._callbacks[event])

    def emit(self, event: str, value: object) -> None:
        """Calls everybody who listens to `event`, in the order they asked."""
        for callback in tuple(self._callbacks[event]):
            try:
                callback(value)
            except Exception:
                self._log.exception("callback_failed", event_name=event)
