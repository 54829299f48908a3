"""The alphabet: what is written where the terminal's encoding doesn't have our signs, as in the locale C."""

from __future__ import annotations

import codecs
import sys
from typing import TextIO

__all__ = ["adapt_outputs", "written"]

HANDLER = "luahost.alphabet"

PLAIN = {"·": "-", "…": "...", "→": "->", "│": "|", "–": "-", "↑": "^", "↓": "v"}


def adapt_outputs() -> None:
    """Lets both outputs of the process take any text: signs they don't have are replaced, the rest is escaped."""
    codecs.register_error(HANDLER, _replaced)
    for output in (sys.stdout, sys.stderr):
        # What stands in for an output, in a test, may not be able to.
        if hasattr(output, "reconfigure") and not _has_all(output):
            output.reconfigure(errors=HANDLER)


def written(text: str) -> str:
    """Returns a text as standard output has it."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    codecs.register_error(HANDLER, _replaced)
    return text.encode(encoding, HANDLER).decode(encoding)


def _has_all(output: TextIO) -> bool:
    return codecs.lookup(output.encoding or "utf-8").name.startswith("utf")


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(PLAIN.get(char) or _escaped(char) for char in bad), error.end


def _escaped(char: str) -> str:
    return char.encode("ascii", "backslashreplace").decode()
