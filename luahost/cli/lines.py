"""Line mode: what `run` does when standard input is not a terminal."""

from __future__ import annotations

from typing import BinaryIO

from .entries import Entries, Outcome
from .render.screen import Screen

__all__ = ["NAME", "run_lines"]

NAME = "stdin"


def run_lines(source: BinaryIO, entries: Entries, screen: Screen) -> bool:
    """Runs each line until the end of input or `:quit`; returns whether all went well."""
    fine = True
    for raw in iter(source.readline, b""):
        try:
            outcome = entries.feed(raw.decode("utf-8").rstrip("\r\n"))
        except UnicodeDecodeError as error:
            screen.trouble(f"{NAME}: a line that isn't UTF-8 was left out: {error}")
            entries.feed("")
            outcome = Outcome.FAILED
        if outcome is Outcome.LEAVE:
            break
        fine = fine and outcome is not Outcome.FAILED
    return entries.finish() is Outcome.DONE and fine
