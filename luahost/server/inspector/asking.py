"""What an inspector's page may ask for."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Look", "Run", "asked_by"]


class Look(msgspec.Struct, tag_field="ask", tag="look", forbid_unknown_fields=True):
    """Says what the page shows now: a session, by its key, and what of it. `level` is that of the diagnostics."""

    session: str | None = None
    at: Literal["variables", "objects", "charts", ""] = ""
    level: int = 1


class Run(msgspec.Struct, tag_field="ask", tag="run", forbid_unknown_fields=True):
    """Asks for code to be run in a session; `number` comes back with the answer."""

    session: str
    code: str
    number: int


def asked_by(text: str) -> Look | Run | None:
    """Returns what a frame asks for; None for what no page would send."""
    try:
        return msgspec.json.decode(text, type=Look | Run)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return None
