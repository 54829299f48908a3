"""The prompt: what `run` does on a terminal."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .entries import Entries, Outcome

__all__ = ["NAME", "LineReader", "line_reader", "run_prompt"]

NAME = "prompt"
FIRST, NEXT = "> ", "… "


class LineReader(Protocol):
    """Reads a line from a terminal."""

    def read(self, prompt: str) -> str:
        """Returns a line; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""


class PlainReader:
    """Reads with `input`: no history, and a reload may print into the line."""

    def read(self, prompt: str) -> str:
        """Returns a line; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""
        return input(prompt)


def line_reader(site: Path, words: Sequence[str]) -> LineReader:
    """Returns the best reader there is: prompt_toolkit's if it is installed."""
    if importlib.util.find_spec("prompt_toolkit") is None:
        return PlainReader()
    from .toolkit import ToolkitReader

    return ToolkitReader(site, words)


def run_prompt(reader: LineReader, entries: Entries) -> None:
    """Reads and runs lines until Ctrl-D or `:quit`; Ctrl-C drops what is typed."""
    while True:
        try:
            line = reader.read(NEXT if entries.incomplete else FIRST)
        except KeyboardInterrupt:
            entries.clear()
            continue
        except EOFError:
            return
        if entries.feed(line) is Outcome.LEAVE:
            return
