"""The prompt: what `run` and `repl` do on a terminal."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Protocol

from .alphabet import written
from .entries import Entries, Outcome
from .seat import Seat

__all__ = ["NAME", "LineReader", "line_reader", "run_prompt"]

NAME = "prompt"
FIRST, NEXT = "> ", "… "


class LineReader(Protocol):
    """Reads a line from a terminal."""

    def read(self, prompt: str) -> str:
        """Returns a line, or several; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""


class PlainReader:
    """Reads with `input`: no history, and a reload may print into the line."""

    def read(self, prompt: str) -> str:
        """Returns a line; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""
        return input(prompt)


def line_reader(site: Path | None, seat: Seat) -> LineReader:
    """Returns the best reader there is: prompt_toolkit's if it is installed. The site keeps the history."""
    if importlib.util.find_spec("prompt_toolkit") is None:
        return PlainReader()
    from .toolkit import ToolkitReader

    return ToolkitReader(site, seat, next_prompt=written(NEXT))


def run_prompt(reader: LineReader, entries: Entries) -> None:
    """Reads and runs lines until Ctrl-D or `:quit`; Ctrl-C drops what is typed, or ends the turn that runs."""
    while True:
        try:
            if entries.feed(reader.read(written(NEXT) if entries.incomplete else FIRST)) is Outcome.LEAVE:
                return
        except KeyboardInterrupt:
            entries.clear()
        except EOFError:
            return
