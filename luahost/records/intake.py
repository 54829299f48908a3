"""The intake: what a former process could not save is saved at the next start."""

from __future__ import annotations

import secrets

import structlog

from luahost.errors import Damaged
from luahost.records.salvage import Salvage, Salvaged
from luahost.records.saving import STORE, TTL_S
from luahost.storage.body import digest_of, pack_body
from luahost.storage.port import Acquired, Busy, Done, Owner, Record, Storage, Write

__all__ = ["follows", "take_in"]


def take_in(storage: Storage, owner: Owner, salvage: Salvage) -> None:
    """Saves every file of the salvage, and removes it; a session that was saved by another owner since keeps what it
    has.
    """
    log = structlog.get_logger("luahost")
    for found in salvage.found():
        if isinstance(found, Damaged):
            log.error("salvage_damaged", error=str(found))
            continue
        answer = storage.acquire(STORE, found.key, owner, TTL_S)
        if isinstance(answer, Busy):
            log.warning("salvage_waits", key=found.key, file=str(found.path))
        elif _save(storage, answer, found):
            found.path.unlink()
            log.warning("salvage_saved", key=found.key)
        else:
            aside = found.path.with_suffix(".superseded")
            found.path.rename(aside)
            log.error("salvage_superseded", key=found.key, file=str(aside))


def _save(storage: Storage, acquired: Acquired, found: Salvaged) -> bool:
    """Saves what was salvaged, unless something else was saved since; lets the lease go."""
    digest = digest_of(found.payload)
    fits = follows(acquired.record, found)
    body = pack_body(found.payload) if fits else None
    write = Write(acquired.lease, secrets.token_hex(8), body=body, digest=digest, release=True)
    (outcome,) = storage.commit([write])
    return fits and isinstance(outcome, Done)


def follows(record: Record | None, found: Salvaged) -> bool:
    """Returns whether what was salvaged comes right after what is stored, or is that already."""
    if record is None:
        return not found.base
    return record.head.digest in (found.base, digest_of(found.payload))
