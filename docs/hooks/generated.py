"""What of the docs is made when they are built: a line `<!-- generated: KIND ARGUMENT -->` is replaced.

`commands` becomes the help of every command, `stub NAME` what an annotation file says, `include PATH` a
file of the repository.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from luahost.cli.main import _group
from luahost.stubs.api import api_stubs

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"^<!-- generated: (\w+) ?(\S*) -->$", re.MULTILINE)
COLUMNS = 96

ENTRY = re.compile(
    r"((?:^---.*\n)+)^(?:function ([\w.:]+)\(.*\) end|(?:local )?([\w, ]+) = .*)$"  # what a comment stands above
    r"|((?:^---@class.*\n|^---@field.*\n|^--- .*\n)+)$",  # a class that is nothing but its fields
    re.MULTILINE,
)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Replaces the marks in a page."""
    return MARK.sub(lambda found: MAKERS[found[1]](found[2]), markdown)


def commands(_argument: str) -> str:
    """Returns every command's help, each under its name."""
    return "\n".join(_helps(_group(), click.Context(_group(), info_name="luahost", max_content_width=COLUMNS)))


def _helps(command: click.Command, context: click.Context) -> Iterator[str]:
    context.terminal_width = COLUMNS
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.commands[name]
            yield from _helps(below, click.Context(below, info_name=name, parent=context))


def stub(name: str) -> str:
    """Returns what a stub annotates: each function and class with its words, parameters and results."""
    text = api_stubs()[name]
    return "\n".join(_entry(*found.groups(default="")) for found in ENTRY.finditer(text))


def _entry(comments: str, function: str, variable: str, fields: str) -> str:
    lines = (comments or fields).splitlines()
    title = function or variable or _class_name(lines)
    words = " ".join(line[4:] for line in lines if line.startswith("--- "))
    words += " ".join(line[3:] for line in lines if line == "---")
    rows = [row for line in lines if (row := _row(line))]
    call = f"{title}({', '.join(_parameters(lines))})" if function else title
    return "\n".join([f"### `{call}`", "", words, "", *rows, ""])


def _class_name(lines: list[str]) -> str:
    return next(line.split()[1].rstrip(":") for line in lines if line.startswith("---@class"))


def _parameters(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith("---@param")]


KINDS = {"return": "returns ", "overload": "also as "}


def _row(line: str) -> str:
    """Returns an annotation as an item of a list; nothing for those that say nothing to people."""
    kind, _, rest = line.removeprefix("---@").partition(" ")
    if line.startswith(("---@param", "---@field")):
        name, type_, words = _split(rest)
        return f"- `{name}`: `{type_}`{words and ', '}{words}"
    if line.startswith(("---@return", "---@overload")):
        type_, words = _type_and_words(rest)
        return f"- {KINDS[kind]}`{type_}`{words and ', '}{words}"
    return f"- deprecated: {rest}" if line.startswith("---@deprecated") else ""


def _split(rest: str) -> tuple[str, str, str]:
    name, _, after = rest.partition(" ")
    return name, *_type_and_words(after)


def _type_and_words(text: str) -> tuple[str, str]:
    """Splits behind the type, which may have spaces within brackets, and behind the colon of a function's result."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter in "(<{[") - (letter in ")>}]")
        if letter == " " and depth == 0 and text[at - 1] != ":":
            return text[:at].replace("`", ""), text[at + 1 :]
    return text.replace("`", ""), ""


def include(path: str) -> str:
    """Returns a file of the repository, without its title."""
    return (ROOT / path).read_text(encoding="utf-8").split("\n", 1)[1]


MAKERS: dict[str, Callable[[str], str]] = {"commands": commands, "stub": stub, "include": include}
