"""Syntax: what the site's own VM says of a file's text, which it loads and doesn't run."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from luahost.errors import LuaSyntaxError

from .finding import Finding, printable
from .text import Text

__all__ = ["Compile", "syntax_finding"]

Compile = Callable[[bytes, str], bytes]

NEAR = re.compile(r"near '?(.*?)'?$", re.DOTALL)
BYTE = re.compile(r"(?:<\\|char\()(\d{1,3})(?:>|\))")
END = b"<eof>"


def syntax_finding(text: Text, key: str, compile: Compile) -> Finding | None:
    """Returns the error that a text doesn't compile for, at the word that Lua stumbles over; None if it does."""
    error = _error(text.raw, key, compile)
    if error is None:
        return None
    line, column = _place(text, key, error, compile)
    return Finding(printable(key), line, column, "syntax", " ".join(error.message.split()))


def _error(raw: bytes, key: str, compile: Compile) -> LuaSyntaxError | None:
    try:
        compile(raw, f"@{printable(key)}")
    except LuaSyntaxError as error:
        return error
    return None


def _place(text: Text, key: str, error: LuaSyntaxError, compile: Compile) -> tuple[int, int]:
    """Returns where the word stands that the message names: Lua itself tells the line alone."""
    word = _word(error.message)
    if word == END:
        return text.end()
    line = max(error.line, 1)
    offsets = list(_occurrences(text.line(line), word))

    def is_reached(offset: int) -> bool:
        """Returns whether the text up to the word there has the same error, as all longer ones have."""
        same = _error(text.raw[: text.begin(line) + offset + len(word)], key, compile)
        return same is not None and same.message == error.message

    at = bisect_left(offsets, True, key=is_reached)
    if at < len(offsets):
        return line, text.column(line, offsets[at])
    indent = len(text.line(line)) - len(text.line(line).lstrip())
    return line, text.column(line, offsets[0] if offsets else indent)


def _word(message: str) -> bytes:
    """Returns the word that a message names; nothing if it names none.

    What is no character stands there by its number, as `<\\195>` or `char(195)`.
    """
    found = NEAR.search(message)
    word = found[1] if found else ""
    byte = BYTE.fullmatch(word)
    return bytes([int(byte[1])]) if byte else word.encode()


def _occurrences(line: bytes, word: bytes) -> Iterator[int]:
    """Yields where a word stands in a line."""
    at = line.find(word) if word else -1
    while at >= 0:
        yield at
        at = line.find(word, at + 1)
