"""Values as Lua would write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["literal", "pictures", "results"]

INDENT = "  "
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
RESERVED = re.compile(
    "and|break|do|else|elseif|end|false|for|function|global|goto|if|in|local|nil|not|or|repeat|return|then|true"
    "|until|while"
)
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Stands for a value that no literal tells: a function, a table that is shown elsewhere or goes too deep."""

    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A table as the kernel depicts it: its prototype's name, items, other entries, and how many more there are."""

    name: str
    items: tuple[Any, ...]
    entries: tuple[tuple[Any, Any], ...]
    more: int


def pictures(answer: tuple[Any, ...]) -> tuple[Any, ...]:
    """Returns the values in what the kernel's `show` answers: plain data, or pictures of it; None alone for none."""
    is_depicted, *values = answer if isinstance(answer, tuple) else (answer,)
    return tuple(map(_picture, values) if is_depicted else values) or (None,)


def _picture(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "mark" in value:
        return Mark(_shown(value["mark"]))
    if "text" in value:
        return Mark(f"{_flat(value['text'])}… ({value['size']} bytes)")
    entries = [(_picture(key), _picture(item)) for key, item in value["entries"]]
    entries.sort(key=lambda entry: _rank(entry[0]))
    return Picture(_shown(value["name"]), tuple(map(_picture, value["items"])), tuple(entries), value["more"])


def _shown(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


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
    if not isinstance(value, (list, dict, Picture)) or not value or taken + len(flat) <= width:
        return flat
    inner = indent + INDENT
    lines = []
    for key, item in _entries(value):
        # One column is for the comma.
        fitted = _fitted(item, width, indent=inner, taken=len(inner) + len(key) + 1)
        lines.append(f"{inner}{key}{fitted},\n")
    return _head(value) + "{\n" + "".join(lines) + indent + "}"


def _flat(value: Any) -> str:
    if isinstance(value, (list, dict, Picture)):
        return _head(value) + "{" + ", ".join(key + _flat(item) for key, item in _entries(value)) + "}"
    if isinstance(value, Mark):
        return value.text
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, bytes):
        return '"' + "".join(_escaped(chr(byte)) if byte < 128 else f"\\x{byte:02x}" for byte in value) + '"'
    return _scalar(value)


def _head(value: Any) -> str:
    return f"{value.name} " if isinstance(value, Picture) and value.name else ""


def _entries(value: list[Any] | dict[Any, Any] | Picture) -> Iterator[tuple[str, Any]]:
    """Yields what stands before each entry (`name = `, nothing in a sequence) and the entry."""
    if isinstance(value, Picture):
        yield from (("", item) for item in value.items)
        yield from ((_key(key), item) for key, item in value.entries)
        if value.more:
            yield "", Mark(f"… {value.more} more")
    elif isinstance(value, list):
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
