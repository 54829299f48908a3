"""Moments: when something was, for people."""

from __future__ import annotations

from datetime import datetime

__all__ = ["moment"]


def moment(seconds: float, now: float | None = None) -> str:
    """Returns a time since 1970 as people say it here: `14:05:09` today, else `2026-11-20 14:05:09`."""
    at = datetime.fromtimestamp(seconds)
    today = datetime.fromtimestamp(now) if now is not None else datetime.now()
    return f"{at:%H:%M:%S}" if at.date() == today.date() else f"{at:%Y-%m-%d %H:%M:%S}"
