"""Missing roots: folders of the setting `roots` that are none, which else a `require` that fails would tell."""

from __future__ import annotations

import click

from luahost.loading.roots import root_troubles
from luahost.settings import Settings

__all__ = ["warn_of_missing_roots"]


def warn_of_missing_roots(settings: Settings) -> None:
    """Says so of each folder in `roots` that no module can come from; it may still be made while the host runs."""
    for line in root_troubles(settings.roots):
        click.echo(f"luahost: {line}", err=True)
