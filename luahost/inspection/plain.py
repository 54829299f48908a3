"""Plain data: what a session tells, as JSON may hold it."""

from __future__ import annotations

from typing import Any

__all__ = ["LONGEST", "clipped", "plain"]

LONGEST = 20_000
"""Longer texts are cut for the page; `variables.json` has the whole."""


def clipped(text: str | bytes, longest: int = LONGEST) -> str:
    """Returns a text that may not be UTF-8, cut where it is longer than anybody reads."""
    shown = text if isinstance(text, str) else text.decode(errors="replace")
    return f"{shown[:longest]}… ({len(shown)} characters)" if 0 < longest < len(shown) else shown


def plain(value: Any, longest: int = LONGEST) -> Any:
    """Returns data with every text in it as text, cut where it is longer than `longest`; 0: whole."""
    if isinstance(value, str | bytes):
        return clipped(value, longest)
    if isinstance(value, list | tuple):
        return [plain(item, longest) for item in value]
    if isinstance(value, dict):
        return {plain(key, longest): plain(item, longest) for key, item in value.items()}
    return value
