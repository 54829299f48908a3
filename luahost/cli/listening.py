"""Listening: the server for the commands that have one, if its extra is there."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from luahost.errors import ServerError

if TYPE_CHECKING:
    from luahost.host import Host
    from luahost.inspection.recorder import Recorder
    from luahost.server.listener import Listener

__all__ = ["address_of", "listen", "tell_inspector"]

NEEDED = ("starlette", "uvicorn", "websockets")


def listen(host: Host, recorder: Recorder | None = None) -> Listener:
    """Returns a server that listens, its inspector showing what `recorder` has.

    Raises ServerError if it can't, or if its libraries are missing.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ServerError(f"serving needs {', '.join(missing)}: pip install 'luahost[server]'")
    from luahost.server.listener import Listener

    return Listener(host, recorder)


def tell_inspector(listener: Listener, tell: Callable[[str], object]) -> None:
    """Tells where the inspector is, if anybody may look there; a token stays out of it."""
    if listener.inspector_url is not None:
        tell(f"what runs: {listener.inspector_url}")


def address_of(text: str) -> tuple[str | None, int | None] | None:
    """Returns host and port of `HOST:PORT`, `:PORT` or `PORT`; None for anything else, which may be a folder."""
    try:
        parts = urlsplit(f"//:{text}" if text.isdigit() else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    is_more = bool(parts.path or parts.query or parts.fragment or parts.username)
    return None if port is None or is_more else (host, port)
