"""Findings: what a check found, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Level"]

Level = Literal["ok", "note", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `check` is its stable name; `advice` is empty where there is nothing to do."""

    section: str
    check: str
    level: Level
    text: str
    advice: str = ""
