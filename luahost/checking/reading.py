"""Reading: a file's bytes, as far as they are text that Lua would load, and what is wrong with them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from luahost.errors import LuaError
from luahost.loading.source import readable_text

from .finding import Finding, finding_of_file, printable
from .text import Text

__all__ = ["MOST_BYTES", "Reading", "read_file"]

MOST_BYTES = 2 * 1024 * 1024
"""What is longer is data, not code that somebody wrote."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's text, if it has one; what is wrong with it, and a note if it was left out."""

    text: Text | None = None
    findings: tuple[Finding, ...] = ()
    note: str = ""


def read_file(path: str | os.PathLike[str], key: str) -> Reading:
    """Returns what is in a file, read as Lua's loader reads it."""
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            return Reading(findings=(finding_of_file(key, "unreadable", "is no plain file: name another one"),))
        if status.st_size > MOST_BYTES:
            return Reading(note=f"{printable(key)}: not looked at: it is longer than {MOST_BYTES // 1024} KiB")
        with open(path, "rb") as file:
            raw = file.read()
    except OSError as error:
        message = f"can't be read ({error.strerror}): give this user the right to read it"
        return Reading(findings=(finding_of_file(key, "unreadable", message),))
    return _understood(raw, key)


def _understood(raw: bytes, key: str) -> Reading:
    try:
        text = Text(readable_text(raw, key))
    except LuaError as error:
        place = Text(raw).place(max(raw.find(b"\0"), 0))
        return Reading(findings=(Finding(printable(key), *place, "unreadable", error.message),))
    return Reading(text, tuple(_foreign(text, key)))


def _foreign(text: Text, key: str) -> list[Finding]:
    """Returns a finding at the first byte that is no UTF-8, if there is one."""
    try:
        text.raw.decode()
    except UnicodeDecodeError as error:
        byte = text.raw[error.start]
        message = f"the byte 0x{byte:02x} is no UTF-8, and shows as � in pages and logs: save the file as UTF-8"
        return [Finding(printable(key), *text.place(error.start), "not-utf8", message)]
    return []
