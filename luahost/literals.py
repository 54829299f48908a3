"""Values as Lua would write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["literal", "results"]

INDENT = "  "
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = re.compile(
    "and|break|do|else|elseif|end|false|for|function|global|goto|if|in|local|nil|not|or|repeat|return|then|true"
    "|until|while"
)
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def results(values: tuple[Any, ...], *, width: int) -> str:
    """Returns several results beside each other, or below each other where they don't fit."""
    texts = [literal(value, width=width) for value in values]
    line = ", ".join(texts)
    return "\n".join(texts) if len(line) > width or "\n" in line else line


def literal(value: Any, *, width: int) -> str:
    """Returns `value` as a Lua literal: on one line if it fits into `width`, else an entry a line."""
    return _fitted(value, width, indent="", taken=0)


def _fitted(value: Any, width: int, *, indent: str, taken: int) -> str:
    """Returns a literal for a line that has `taken` columns in use, its own further lines indented."""
    flat = _flat(value)
    if not isinstance(value, (list, dict)) or not value or taken + len(flat) <= width:
        return flat
    inner = indent + INDENT
    lines = []
    for key, item in _entries(value):
        # One column is for the comma.
        fitted = _fitted(item, width, indent=inner, taken=len(inner) + len(key) + 1)
        lines.append(f"{inner}{key}{fitted},\n")
    return "{\n" + "".join(lines) + indent + "}"


def _flat(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return "{" + ", ".join(key + _flat(item) for key, item in _entries(value)) + "}"
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, bytes):
        return '"' + "".join(_escaped(chr(byte)) if byte < 128 else f"\\x{byte:02x}" for byte in value) + '"'
    return _scalar(value)


def _entries(value: list[Any] | dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yields what stands before each entry (`name = `, nothing in a sequence) and the entry."""
    if isinstance(value, list):
        yield from (("", item) for item in value)
    else:
        yield from ((_key(key), value[key]) for key in sorted(value, key=_rank))


def _rank(key: Any) -> tuple[bool, float, str]:
    """Returns what keys are sorted by, for Lua's own order changes from run to run: numbers, then the others."""
    is_number = isinstance(key, (int, float)) and not isinstance(key, bool)
    return (not is_number, key if is_number else 0, str(key))


def _key(key: Any) -> str:
    if isinstance(key, str) and NAME.fullmatch(key) and not RESERVED.fullmatch(key):
        return f"{key} = "
    return f"[{_flat(key)}] = "


def _scalar(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and not math.isfinite(value):
        return "0/0" if math.isnan(value) else "math.huge" if value > 0 else "-math.huge"
    return str(value)


def _escaped(char: str) -> str:
    if char in ESCAPES:
        return ESCAPES[char]
    if char.isprintable():
        return char
    return f"\\x{ord(char):02x}" if ord(char) < 128 else f"\\u{{{ord(char):x}}}"
