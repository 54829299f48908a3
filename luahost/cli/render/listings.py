"""Listings: the banner, the sessions and the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from luahost.settings import Settings

__all__ = ["banner", "commands", "table"]


def banner(version: str, settings: Settings) -> Text:
    """Returns the line that `run` begins with: what runs, which Lua, what it may, and how to get help."""
    watching = ("polling" if settings.poll_s else "watching") if settings.watch else "not watching"
    site = "this folder" if settings.site == "." else settings.site
    parts = (f"luahost {version}", settings.vm, settings.trust, site, watching)
    return Text.assemble((" · ".join(parts), "bold"), ("\ntype Lua, :help for commands", "dim"))


def commands(helps: Mapping[str, str]) -> Text:
    """Returns the commands with what each does."""
    lines = [
        ("Lua", "an expression shows its value, a statement runs"),
        ("=expr", "shows the value, nil too"),
    ]
    return table([*lines, *((f":{name}", text) for name, text in helps.items())])


def table(rows: Sequence[Sequence[str]]) -> Text:
    """Returns rows of cells, the columns as wide as they need to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return Text(
        "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )
    )
