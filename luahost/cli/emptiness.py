"""Emptiness: a folder that is served though it is no site, which is most often the wrong one."""

from __future__ import annotations

from pathlib import Path

import click

from luahost.settings import Settings

__all__ = ["warn_if_empty"]

FOLDERS = ("lua", "apps")


def warn_if_empty(settings: Settings) -> None:
    """Says so, if a site has no place for code; its sessions start empty."""
    if Path(settings.site).is_dir() and not any((Path(settings.site) / folder).is_dir() for folder in FOLDERS):
        text = f"{settings.site}: there is no lua/ and no apps/ in this folder, and sessions start empty"
        click.echo(f"luahost: {text}: name the folder of a site, or make one: luahost new NAME", err=True)
