"""Emptiness: what is said of a folder that is no site where a command can do something in it all the same."""

from __future__ import annotations

from pathlib import Path

import click

from luahost.loading.emptiness import emptiness
from luahost.settings import Settings

__all__ = ["warn_if_empty"]


def warn_if_empty(settings: Settings, consequence: str = "") -> None:
    """Says so, and what comes of that, if a site has no place for code; nothing of a folder that isn't there."""
    line = emptiness(settings.site, consequence) if Path(settings.site).is_dir() else ""
    if line:
        click.echo(f"luahost: {line}", err=True)
