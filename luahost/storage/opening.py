"""Opening: from a URL to a storage. An adapter is imported when its URL is opened."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from luahost.errors import NothingSaved, SettingsError, Unavailable
from luahost.storage.memory_storage import MemoryStorage
from luahost.storage.port import Storage

__all__ = ["open_storage", "shown_url", "sqlite_file"]

FORMS = "memory:, sqlite:PATH or postgresql://HOST/DATABASE"


def open_storage(url: str, *, site: str | os.PathLike[str] = ".", is_made: bool = True) -> Storage:
    """Returns the storage that a URL names: `memory:`, `sqlite:PATH` (from the site), `postgresql://…`.

    `?prefix=…` is put before the names of the tables. Without `is_made`, a file that isn't there is an error. Raises
    SettingsError for any other URL, Unavailable if there is no answer.
    """
    kind, _, rest = url.partition(":")
    if url == "memory:":
        return MemoryStorage()
    if kind == "sqlite" and rest:
        return _sqlite(rest, Path(site), is_made)
    if kind in ("postgresql", "postgres") and rest.startswith("//"):
        return _postgres(url)
    raise SettingsError(f"store: {shown_url(url)!r} is not allowed; allowed: {FORMS}")


def _sqlite(rest: str, site: Path, is_made: bool) -> Storage:
    from luahost.storage.sqlite_storage import open_sqlite

    file, query = sqlite_file(f"sqlite:{rest}", site), rest.partition("?")[2]
    if not is_made and not file.exists():
        raise NothingSaved(f"{file}: there is no such file: nothing was saved there")
    return open_sqlite(file, prefix=_prefix(dict(parse_qsl(query)), rest))


def sqlite_file(url: str, site: str | os.PathLike[str] = ".") -> Path:
    """Returns the file that a URL `sqlite:PATH` names, which may not be there."""
    path = url.partition(":")[2].partition("?")[0]
    return Path(site) / (path[2:] if path.startswith("///") else path)


def _postgres(url: str) -> Storage:
    try:
        from luahost.storage.postgres_storage import open_postgres
    except ImportError as error:
        raise SettingsError("store: postgresql needs psycopg: pip install 'luahost[postgres]'") from error
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise SettingsError(f"store: {shown_url(url)!r} is no address ({error}); allowed: {FORMS}") from error
    query = dict(parse_qsl(parts.query))
    prefix = query.pop("prefix", "")
    try:
        return open_postgres(urlunsplit(parts._replace(query=urlencode(query))), prefix=prefix)
    except Unavailable as error:
        raise Unavailable(f"{shown_url(url)}: {error}: start the database, or correct `store`") from error


def _prefix(query: dict[str, str], rest: str) -> str:
    unknown = [name for name in query if name != "prefix"]
    if unknown:
        raise SettingsError(f"store: {unknown[0]}: no such parameter of sqlite:{rest}; there is: prefix")
    return query.get("prefix", "")


def shown_url(url: str) -> str:
    """Returns a URL without what stands before an @: it may be a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
