"""Texts: where in a file's text a byte stands, as people count: lines and characters from 1."""

from __future__ import annotations

__all__ = ["Text"]


class Text:
    """A file's text, and the places in it."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._lines = raw.split(b"\n")

    def line(self, number: int) -> bytes:
        """Returns a line, without its end; an empty one where there is none."""
        return self._lines[number - 1].removesuffix(b"\r") if 1 <= number <= len(self._lines) else b""

    def begin(self, number: int) -> int:
        """Returns at which byte of the text a line begins."""
        return sum(len(line) + 1 for line in self._lines[: number - 1])

    def column(self, number: int, offset: int) -> int:
        """Returns the column of a byte of a line, from 0, in characters from 1."""
        return len(self.line(number)[:offset].decode(errors="replace")) + 1

    def place(self, at: int) -> tuple[int, int]:
        """Returns line and column of a byte of the text."""
        number = self.raw.count(b"\n", 0, at) + 1
        return number, self.column(number, at - (self.raw.rfind(b"\n", 0, at) + 1))

    def end(self) -> tuple[int, int]:
        """Returns the place behind the last character that isn't white space."""
        return self.place(len(self.raw.rstrip()))
