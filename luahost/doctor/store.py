"""The store: whether the database that sessions are saved in answers."""

from __future__ import annotations

from collections.abc import Iterator

from luahost.errors import LuaHostError, NothingSaved
from luahost.settings import Settings
from luahost.storage.opening import open_storage, shown_url, sqlite_file

from .files import unwritable
from .finding import Finding

__all__ = ["check_store"]

SECTION = "Store"
STORE = "sessions"


def check_store(settings: Settings) -> Iterator[Finding]:
    """Yields whether the store answers, and how many sessions it has; nothing is made that isn't there."""
    if not settings.store:
        yield Finding(SECTION, "store", "note", "no store: sessions end with their process")
        return
    try:
        storage = open_storage(settings.store, site=settings.site, is_made=False)
    except NothingSaved:
        yield _unmade(settings)
        return
    except LuaHostError as error:
        advice = "start the database, or correct `store`: memory:, sqlite:PATH, postgresql://HOST/DATABASE"
        yield Finding(SECTION, "store", "wrong", str(error), advice)
        return
    try:
        count = len(list(storage.scan(STORE)))
        yield Finding(SECTION, "store", "ok", f"{shown_url(settings.store)} answers; saved sessions: {count}")
    finally:
        storage.close()


def _unmade(settings: Settings) -> Finding:
    """Returns whether the first save can make the file, with the folders that it is in."""
    file = sqlite_file(settings.store, settings.site)
    there = next(folder for folder in file.absolute().parents if folder.exists())
    problem = unwritable(there)
    if not problem:
        text = f"{shown_url(settings.store)} is not there yet: the first save makes it"
        return Finding(SECTION, "store", "note", text)
    text = f"{shown_url(settings.store)} is not there yet and can't be made: {there}: {problem}"
    return Finding(SECTION, "store", "wrong", text, 'make room for it, or name another file: store = "sqlite:PATH"')
