"""A source: one version of a module's file, as text and as bytecode."""

from __future__ import annotations

from dataclasses import dataclass

from luahost.errors import LuaSyntaxError

__all__ = ["Source", "has_lines", "is_kept_out", "readable_text"]

_BOM = b"\xef\xbb\xbf"
_BYTECODE = b"\x1b"
_NO_RELOAD = b"-- luahost: no-reload"


@dataclass(frozen=True, slots=True)
class Source:
    """One version of a file that compiled.

    `version` counts the different contents of this file from 1; the same content has the same number. `text`
    is what Lua compiled: without a byte order mark, and with an empty line for a first `#!` line. `no_reload`
    is true if the file asks to be kept out of hot reloads.
    """

    key: str
    version: int
    text: bytes
    code: bytes
    no_reload: bool


def readable_text(raw: bytes, key: str) -> bytes:
    """Returns a file's content as Lua's loader reads it; raises LuaSyntaxError if it isn't text."""
    text = raw.removeprefix(_BOM)
    if text.startswith(_BYTECODE):
        raise LuaSyntaxError("is Lua bytecode: only source text is loaded", file=key)
    if b"\0" in text:
        raise LuaSyntaxError("has NUL bytes: it is binary, or text that must be saved as UTF-8", file=key)
    if text.startswith(b"#"):
        text = text[text.find(b"\n") :] if b"\n" in text else b""
    return text


def is_kept_out(text: bytes) -> bool:
    """Returns whether the first line (after a `#!` line) is `-- luahost: no-reload`."""
    return text.removeprefix(b"\n").split(b"\n", 1)[0].rstrip() == _NO_RELOAD


def has_lines(old: bytes, new: bytes, first: int, last: int) -> bool:
    """Returns whether lines `first` to `last` (from 1) of `old` stand together, as whole lines, in `new`."""
    lines = _unix(old).split(b"\n")
    if not 1 <= first <= last <= len(lines):
        return False
    block = b"\n".join(lines[first - 1 : last])
    return b"\n" + block + b"\n" in b"\n" + _unix(new) + b"\n"


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")
