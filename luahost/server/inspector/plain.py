"""Plain data: what a session tells, as JSON may hold it."""

from __future__ import annotations

from typing import Any

__all__ = ["LONGEST", "clipped", "plain"]

LONGEST = 20_000
"""Longer texts are cut for the page; `variables.json` has the whole."""


def clipped(text: str | bytes, longest: int = LONGEST) -> str:
    """Returns a text that may not be UTF-8, cut where it is longer than anybody reads."""
    shown = text if isinstance(text, str) else text.decode(errors="replace")
    return shown if len(shown) <= longest else f"{shown[:longest]}… ({len(shown)} characters)"


def plain(value: Any) -> Any:
    """Returns data with every text in it as text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value
