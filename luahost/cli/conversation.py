"""The conversation: lines from a terminal's prompt, or from standard input, until they end."""

from __future__ import annotations

import sys
from pathlib import Path

from . import lines, prompt
from .commands import Commands
from .entries import Entries
from .render.screen import Screen
from .seat import Seat

__all__ = ["at_prompt", "from_lines", "has_terminal"]


def has_terminal() -> bool:
    """Returns whether somebody sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def at_prompt(site: Path | None, seat: Seat, screen: Screen) -> None:
    """Reads from a prompt until Ctrl-D or `:quit`; a site, if there is one, keeps the history."""
    reader = prompt.line_reader(site, seat)
    prompt.run_prompt(reader, Entries(seat, screen, Commands(seat, screen), name=prompt.NAME))


def from_lines(seat: Seat, screen: Screen) -> bool:
    """Reads standard input to its end; returns whether all went well."""
    entries = Entries(seat, screen, Commands(seat, screen), name=lines.NAME)
    return lines.run_lines(sys.stdin.buffer, entries, screen)
