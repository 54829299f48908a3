"""Arguments that several commands have."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

__all__ = ["Folder", "site_argument"]


class Folder(click.ParamType[str]):
    """A folder's path, which shells complete; whether there is one is for the command to find out."""

    name = "folder"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Returns the request to the shell to complete folders."""
        return [CompletionItem(incomplete, type="dir")]


site_argument = click.argument("site", required=False, type=Folder())
