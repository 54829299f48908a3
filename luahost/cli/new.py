"""`luahost new`: a site that runs at once."""

from __future__ import annotations

from pathlib import Path

import click

from luahost.errors import SiteError
from luahost.stubs.api import FOLDER, api_stubs
from luahost.templates.new_site import site_name, write_site
from luahost.templates.template import TEMPLATES, Template

from .arguments import Folder
from .termination import leaving_at_sigterm

__all__ = ["new"]

EPILOG = """\b
Examples:
  luahost new shop
  luahost new shop --template contacts
  luahost new .                            here, in an empty folder
"""

STEPS = {
    "luahost run": "a prompt in a live session; save a file meanwhile",
    "luahost test": "its specs",
    "luahost serve": "in the browser, at http://127.0.0.1:8080",
}


@click.command(epilog=EPILOG)
@click.argument("name", type=Folder())
@click.option("--template", type=click.Choice(TEMPLATES), default=TEMPLATES[0], help="What the site begins with (app).")
def new(name: str, template: str) -> int:
    """Makes a site in the new folder NAME: an app with its page and spec, settings, annotations for editors.

    It runs as it is. The templates are app, a list of tasks; contacts, with inheritance and a form; and chat,
    with timers and a seat for every page.
    """
    folder, chosen = Path(name), Template(template)
    try:
        files = {**chosen.files(site_name(name)), **_stubs()}
    except SiteError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    with leaving_at_sigterm():
        write_site(folder, files)
    click.echo(f"made {name}: {chosen.about}\n")
    for command, meaning in _steps(folder).items():
        click.echo(f"  {command:<16}{meaning}".rstrip())
    return 0


def _stubs() -> dict[str, str]:
    """Returns the annotations of the API, so that an editor completes at once."""
    return {f"{FOLDER}/{name}": text for name, text in api_stubs().items()}


def _steps(folder: Path) -> dict[str, str]:
    """Returns what to type next, with what it does."""
    is_here = folder.resolve() == Path.cwd()
    return STEPS if is_here else {f"cd {_quoted(folder)}": "", **STEPS}


def _quoted(folder: Path) -> str:
    text = str(folder)
    return text if all(letter.isalnum() or letter in "._-/" for letter in text) else f"'{text}'"
