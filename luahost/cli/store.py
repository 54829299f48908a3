"""`luahost store`: what is saved: list, show, take out, put in, check, copy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from luahost.errors import SettingsError, SiteError, StorageError
from luahost.records.contents import contents_of
from luahost.records.saving import STORE
from luahost.records.transfer import export_records, import_records
from luahost.settings import load_settings
from luahost.storage.body import unpack_body
from luahost.storage.opening import open_storage
from luahost.storage.port import Head, Storage

from .arguments import Folder
from .overview import Listing
from .render.screen import Screen

__all__ = ["store"]

FAILED = 1

EPILOG = """\b
Examples:
  luahost store ls --site mysite
  luahost store export --store sqlite:old.db > sessions.jsonl
  luahost store backup copy.db
"""

site_option = click.option(
    "--site", metavar="SITE", type=Folder(), help="The site whose settings name the store (this folder)."
)
store_option = click.option("--store", "url", metavar="URL", help="Another store: sqlite:PATH, postgresql://…")
json_option = click.option("--json", "as_json", is_flag=True, help="Prints JSON.")


@click.group(cls=Listing, epilog=EPILOG)
def store() -> None:
    """What is saved: lists, shows, takes out, puts in, checks and copies it."""


@store.command(epilog="\b\nExample:\n  luahost store ls --json")
@site_option
@store_option
@json_option
def ls(site: str | None, url: str | None, as_json: bool) -> int:
    """Lists the saved sessions, the last used first."""
    with opened(site, url) as storage:
        heads = list(storage.scan(STORE))
    if as_json:
        click.echo(json.dumps([_plain(head) for head in heads], indent=2))
    else:
        _screen(site).records(heads)
    return 0


@store.command(epilog="\b\nExample:\n  luahost store show 5dd1761b")
@click.argument("key")
@site_option
@store_option
@json_option
def show(key: str, site: str | None, url: str | None, as_json: bool) -> int:
    """Shows what is saved of a session; the first letters of its KEY are enough."""
    with opened(site, url) as storage:
        key = _full_key(storage, key)
        stored = storage.read(STORE, key)
        assert stored is not None, "it was listed a moment ago"
        contents = contents_of(unpack_body(stored.body))
        versions, holder = storage.versions(STORE, key), storage.holder(STORE, key)
    if as_json:
        click.echo(json.dumps({**_plain(stored.head), "contents": asdict(contents)}, indent=2))
    else:
        _screen(site).record(stored.head, contents, versions, holder)
    return 0


@store.command(epilog="\b\nExample:\n  luahost store export > sessions.jsonl")
@click.argument("keys", nargs=-1)
@site_option
@store_option
def export(keys: tuple[str, ...], site: str | None, url: str | None) -> int:
    """Prints the sessions with these KEYS, or all, as lines of JSON."""
    with opened(site, url) as storage:
        wanted = [_full_key(storage, key) for key in keys] or [head.key for head in storage.scan(STORE)]
        for line in export_records(storage, wanted):
            click.echo(line)
    return 0


@store.command("import", epilog="\b\nExample:\n  luahost store import sessions.jsonl --store postgresql://db/luahost")
@click.argument("file", type=click.File("rb"))
@site_option
@store_option
def import_(file: Any, site: str | None, url: str | None) -> int:
    """Saves the sessions in FILE that aren't there yet; exits with 1 if some are."""
    with opened(site, url, is_made=True) as storage:
        stored = dict(import_records(storage, file))
    for key, is_new in stored.items():
        if not is_new:
            click.echo(f"{key}: there is one already; left as it is", err=True)
    click.echo(f"{sum(stored.values())} of {len(stored)} sessions imported", err=True)
    return 0 if all(stored.values()) else FAILED


@store.command(epilog="\b\nExample:\n  luahost store fsck --site mysite")
@site_option
@store_option
@json_option
def fsck(site: str | None, url: str | None, as_json: bool) -> int:
    """Checks the database and every saved session; exits with 1 if something is wrong. Nothing is changed."""
    with opened(site, url) as storage:
        faults = [*storage.integrity(), *_unreadable(storage)]
    if as_json:
        click.echo(json.dumps({"ok": not faults, "faults": faults}, indent=2))
    else:
        click.echo("\n".join(faults) or "all is well")
    return FAILED if faults else 0


@store.command(epilog="\b\nExample:\n  luahost store backup /backups/sessions.db")
@click.argument("target", type=click.Path(path_type=Path))
@site_option
@store_option
def backup(target: Path, site: str | None, url: str | None) -> int:
    """Writes a copy of the database to TARGET while hosts use it; one may go on from the copy."""
    if target.exists():
        raise StorageError(f"{target}: there is such a file already: name another one")
    if not target.parent.is_dir():
        raise StorageError(f"{target}: there is no folder {target.parent}: make it, or name another one")
    with opened(site, url) as storage:
        storage.backup(target)
    return 0


@contextmanager
def opened(site: str | None, url: str | None, *, is_made: bool = False) -> Iterator[Storage]:
    """Yields the storage that a site's settings, or a URL, name."""
    if site is not None and not Path(site).is_dir():
        raise SiteError(f"{site}: there is no such folder: name the folder of a site")
    settings = load_settings(site, flags={"store": url}, env=os.environ)
    if not settings.store:
        raise SettingsError("store: none is named: use --store URL, or set `store` in luahost.toml")
    storage = open_storage(settings.store, site=settings.site, is_made=is_made)
    try:
        yield storage
    finally:
        storage.close()


def _full_key(storage: Storage, beginning: str) -> str:
    keys = [head.key for head in storage.scan(STORE) if head.key.startswith(beginning)]
    if len(keys) != 1:
        raise StorageError(f"{beginning}: {len(keys) or 'no'} saved sessions begin so; luahost store ls lists them")
    return keys[0]


def _unreadable(storage: Storage) -> Iterator[str]:
    """Yields the snapshots that are what was written, and still can't be read."""
    for head in storage.scan(STORE):
        stored = storage.read(STORE, head.key)
        try:
            payload = unpack_body(stored.body) if stored is not None else b""
        except StorageError:
            continue  # told by the checksum already
        try:
            contents_of(payload)
        except StorageError as error:
            yield f"{STORE}/{head.key}: {error}"


def _plain(head: Head) -> dict[str, object]:
    return {**asdict(head), "digest": head.digest.hex(), "meta": dict(head.meta)}


def _screen(site: str | None) -> Screen:
    return Screen(Path(site or "."))
