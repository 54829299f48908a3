"""Functions in a Lua text: where each begins and ends, found by its words, without running or compiling it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["LuaFunction", "LuaText", "read_text"]

_TOKEN = re.compile(
    rb"""
    (?P<comment>--\[(?P<c>=*)\[.*?(?:\](?P=c)\]|\Z)|--[^\n]*)
  | (?P<long>\[(?P<l>=*)\[.*?(?:\](?P=l)\]|\Z))
  | (?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_EMPTY = frozenset(b"end else do then repeat ( ) { } [ ] , ;".split())
"""A line of these alone has nothing that could be left out: where an `end` has code, it is not always reached."""

_NAME = re.compile(rb"[A-Za-z_][A-Za-z0-9_.:]*\Z")


@dataclass(frozen=True, slots=True)
class LuaFunction:
    """A function by its name, the first and last line, and the text from its parameters to its `end`."""

    name: str
    first: int
    last: int
    text: bytes
    text_line: int


@dataclass(frozen=True, slots=True)
class LuaText:
    """The functions of a text, and the lines that have more in them than brackets and `end`."""

    functions: list[LuaFunction]
    telling: set[int]


@dataclass(slots=True)
class _Token:
    text: bytes
    at: int
    line: int


@dataclass(slots=True)
class _Block:
    """What waits for its `end`, or `until`; a loop's `do` belongs to it."""

    word: bytes
    name: str = ""
    token: _Token | None = None
    opening: _Token | None = None
    has_do: bool = field(default=False)


def read_text(text: bytes) -> LuaText:
    """Returns what is to know of a text that compiles."""
    tokens = list(_tokens(text))
    telling = {token.line for token in tokens if token.text not in _EMPTY}
    return LuaText(list(_functions(text, tokens)), telling)


def _tokens(text: bytes) -> Iterator[_Token]:
    line, counted = 1, 0
    for found in _TOKEN.finditer(text):
        line += text.count(b"\n", counted, found.start())
        counted = found.start()
        if found["comment"] is None:
            yield _Token(found[0], found.start(), line)


def _functions(text: bytes, tokens: list[_Token]) -> Iterator[LuaFunction]:
    blocks: list[_Block] = []
    for at, token in enumerate(tokens):
        word = token.text
        if word == b"function":
            blocks.append(_function(tokens, at))
        elif word in (b"if", b"for", b"while", b"repeat"):
            blocks.append(_Block(word))
        elif word == b"do":
            _open_do(blocks)
        elif word in (b"end", b"until") and blocks:
            block = blocks.pop()
            if block.token is not None and block.opening is not None:
                inside = text[block.opening.at : token.at + len(word)]
                yield LuaFunction(block.name, block.token.line, token.line, inside, block.opening.line)


def _open_do(blocks: list[_Block]) -> None:
    if blocks and blocks[-1].word in (b"for", b"while") and not blocks[-1].has_do:
        blocks[-1].has_do = True
    else:
        blocks.append(_Block(b"do"))


def _function(tokens: list[_Token], at: int) -> _Block:
    opening = next((index for index in range(at, len(tokens)) if tokens[index].text == b"("), at)
    name = b"".join(token.text for token in tokens[at + 1 : opening]) or _assigned_to(tokens, at)
    shown = name.decode(errors="replace") or f"function@{tokens[at].line}"
    return _Block(b"function", shown, tokens[at], tokens[opening])


def _assigned_to(tokens: list[_Token], at: int) -> bytes:
    """Returns the name in `name = function`, nothing where there is none."""
    if at < 2 or tokens[at - 1].text != b"=":
        return b""
    name, index = tokens[at - 2].text, at - 3
    while index >= 1 and tokens[index].text == b".":
        name, index = tokens[index - 1].text + b"." + name, index - 2
    return name if _NAME.match(name) else b""
