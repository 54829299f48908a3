"""Completion: the names that can follow what is typed, asked from the live session. None of its code runs for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from luahost.errors import LuaHostError
from luahost.evaluation import look

if TYPE_CHECKING:
    from luahost.session import Session

__all__ = ["Name", "complete"]

STRINGS = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'")
OPEN = re.compile(r"[\"']|--|\[\[")
INDEX = r"\[(?:\d+|\"[^\"\\]*\"|'[^'\\]*')\]"
FIELD = re.compile(rf"(?<![\w.:)\]\"'])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|{INDEX})*)([.:])(\w*)$", re.ASCII)
GLOBAL = re.compile(r"(?<![\w.:)\]\"'])([A-Za-z_]\w*)$", re.ASCII)
STEP = re.compile(r"([A-Za-z_]\w*)|\[(\d+)\]|\[\"([^\"]*)\"\]|\['([^']*)'\]")

WORDS = (
    "and break do else elseif end false for function goto if in local nil not or repeat return then true until while"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that can stand where `typed` letters of it are already; `kind` is its value's type, or prototype."""

    text: str
    kind: str
    typed: int


def complete(session: Session, text: str) -> list[Name]:
    """Returns the names that can follow `text`: globals and words of Lua, or fields of what stands before `.` or `:`.

    Nothing for a session that is busy, or closed.
    """
    line = text.rsplit("\n", 1)[-1].replace("..", "  ")
    if OPEN.search(STRINGS.sub("", line)):
        return []  # within a string or a comment
    field, word = FIELD.search(line), GLOBAL.search(line)
    if field is not None:
        return _asked(session, _keys(field[1]), field[3], is_call=field[2] == ":")
    if word is None:
        return []
    words = [Name(each, "keyword", len(word[1])) for each in WORDS.split() if each.startswith(word[1])]
    return sorted([*_asked(session, [], word[1], is_call=False), *words], key=lambda name: name.text)


def _keys(path: str) -> list[str | int]:
    found = STEP.finditer(path)
    return [int(step[2]) if step[2] else step[1] or step[3] or step[4] or "" for step in found]


def _asked(session: Session, keys: list[str | int], prefix: str, *, is_call: bool) -> list[Name]:
    try:
        asked = msgspec.msgpack.encode({"keys": keys, "prefix": prefix, "is_call": is_call})
        found = look(session, "complete", asked)
    except (LuaHostError, UnicodeEncodeError, OverflowError):
        return []
    return [Name(text, kind, len(prefix)) for text, kind in found]
