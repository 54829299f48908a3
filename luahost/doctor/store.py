"""The store: whether the database that sessions are saved in answers."""

from __future__ import annotations

from collections.abc import Iterator

from luahost.errors import LuaHostError, NothingSaved
from luahost.settings import Settings
from luahost.storage.opening import open_storage, shown_url

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
        yield Finding(
            SECTION, "store", "note", f"{shown_url(settings.store)} is not there yet: the first save makes it"
        )
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
