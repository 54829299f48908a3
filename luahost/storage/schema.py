"""The schema: which migrations a database's tables have been through, and the ones that are missing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from luahost.errors import NewerData, StorageError
from luahost.storage.door import Run
from luahost.storage.queries import statements_of

__all__ = ["bring_up"]

APPLICATION = "luahost"


def bring_up(
    run: Run,
    execute: Callable[[str], object],
    migrations: Sequence[str],
    *,
    prefix: str,
    has_info: bool,
    where: str,
) -> None:
    """Takes the migrations that the tables haven't been through, within the caller's transaction.

    Raises StorageError for tables of another program, NewerData for such as a newer release has changed.
    """
    known = _version(run, where) if has_info else 0
    if known > len(migrations):
        raise NewerData(
            f"{where}: the tables have version {known}, and this release knows {len(migrations)}: use a newer one"
        )
    for migration in migrations[known:]:
        for statement in statements_of(migration, prefix=prefix):
            execute(statement)
    if known == 0:
        run("put_info", name="application", value=APPLICATION)
        run("put_info", name="epoch", value=secrets.token_hex(16))
    if known < len(migrations):
        run("put_info", name="schema", value=str(len(migrations)))


def _version(run: Run, where: str) -> int:
    if run("info", name="application") != [(APPLICATION,)]:
        raise StorageError(f"{where}: there are tables of another program with these names: set another prefix")
    ((version,),) = run("info", name="schema")
    return int(version)
