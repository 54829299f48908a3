"""Doors: lets `luahost sessions` and the other attached commands into the host that a command runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from luahost.attach.door import Door
from luahost.errors import AttachError
from luahost.host import Host
from luahost.inspection.recorder import Recorder

from .version import version

__all__ = ["open_door", "recorder_of"]


def recorder_of(host: Host) -> Recorder:
    """Returns what records the host from now on, for the door and for the inspector."""
    return Recorder(host, time.time)


@contextmanager
def open_door(host: Host, recorder: Recorder, on_trouble: Callable[[str], object]) -> Iterator[None]:
    """Lets commands in, for as long as the context lasts; a site that can't be written is told of, and no more."""
    door = Door(host, recorder, version=version())
    try:
        door.open()
    except AttachError as error:
        on_trouble(f"not reachable for `luahost sessions` and the like: {error}")
    try:
        yield
    finally:
        door.close()
