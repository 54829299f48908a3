"""`luahost stubs`: what editors want to know of a site, written where its `.luarc.json` looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from luahost.errors import LuaError
from luahost.host import Host
from luahost.loading.site import Site
from luahost.settings import Settings, load_settings
from luahost.stubs.annotations import annotated
from luahost.stubs.api import FOLDER, api_stubs
from luahost.stubs.classes import Class, classes_of, classes_stub
from luahost.stubs.folder import write_stubs

from .arguments import site_argument
from .emptiness import warn_if_empty
from .missing_roots import warn_of_missing_roots
from .render.screen import Screen

__all__ = ["stubs"]

FAILED = 1
CLASSES = "classes.lua"

EPILOG = """\b
Examples:
  luahost stubs                            for the site in this folder
  luahost stubs --from contacts            with Contact and the others
  luahost stubs --from contacts --all --output types
"""


@click.command(epilog=EPILOG)
@site_argument
@click.option(
    "--from", "apps", metavar="APP", multiple=True, help="Also writes the classes of this app's session; repeatable."
)
@click.option("--all", "is_all", is_flag=True, help="With --from: also what the sources annotate themselves.")
@click.option("--output", metavar="FOLDER", type=click.Path(path_type=Path), help=f"Writes there ({FOLDER}).")
def stubs(site: str | None, apps: tuple[str, ...], is_all: bool, output: Path | None) -> int:
    """Writes annotations for editors: of the Lua API, and of an app's prototypes.

    The Lua language server then completes `session:` and says what each function takes. For --from, a session runs
    lua/main.lua, requires APP.app or APP, and tells its prototypes: their bases, the types of their fields, the
    parameters of their methods. What is annotated in a source is left to that.
    """
    settings = load_settings(site, flags={}, env=os.environ, defaults={"trust": "trusted"})
    site_folder, texts = Site(settings.site).root, api_stubs()
    warn_if_empty(settings)
    if apps:
        warn_of_missing_roots(settings)
        try:
            classes = _live_classes(settings, apps)
        except LuaError as error:
            Screen(site_folder).error(error)
            return FAILED
        known = {} if is_all else annotated(_sources(site_folder))
        texts[CLASSES] = classes_stub(classes, known)
    folder = output or Path(settings.site) / FOLDER
    written = write_stubs(folder, texts)
    click.echo(f"{folder}: {', '.join(written) if written else 'all is as it was'}")
    return 0


def _live_classes(settings: Settings, apps: tuple[str, ...]) -> list[Class]:
    """Returns the classes of new sessions with an app each, sorted; they are saved nowhere."""
    found: dict[str, Class] = {}
    with Host(settings=msgspec.structs.replace(settings, store=""), watch=False) as host:
        host.on("log", lambda line: None)
        for app in apps:
            described = host.create_session(app=app).describe(is_deep=True)
            found.update((each.name, each) for each in classes_of(described["classes"]))
    return [found[name] for name in sorted(found)]


def _sources(site: Path) -> Iterator[str]:
    """Yields the texts of the site's Lua files, but those in hidden folders."""
    for path in sorted(site.rglob("*.lua")):
        if not any(part.startswith(".") for part in path.relative_to(site).parts):
            yield path.read_text(encoding="utf-8", errors="replace")
