"""Salvage: files with what could not be saved when the process had to end; they are taken in at the next start."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from luahost.errors import Damaged, StorageError
from luahost.storage.body import pack_body, unpack_body

__all__ = ["Salvage", "Salvaged"]

_NAME = re.compile(r"(?P<key>[0-9A-Za-z_-]{1,64})\.(?P<rev>\d+)\.snapshot", re.ASCII)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """One snapshot that could not be saved: of the session `key`,
    which comes after revision `rev` (0: it was never stored).
    """

    key: str
    rev: int
    payload: bytes
    path: Path


class Salvage:
    """Writes and reads the files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, rev: int, payload: bytes) -> Path:
        """Writes a snapshot, whole or not at all, and synced; returns its file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key}.{rev}.snapshot"
        temporary = path.with_suffix(".part")
        try:
            with temporary.open("wb") as file:
                file.write(pack_body(payload))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise StorageError(f"{path}: what could not be saved can't be kept in a file either: {error}") from error
        return path

    def found(self) -> Iterator[Salvaged | Damaged]:
        """Yields what is there; an error for a file that isn't what was written."""
        for path in sorted(self._folder.glob("*.snapshot")):
            named = _NAME.fullmatch(path.name)
            if named is None:
                continue
            try:
                yield Salvaged(named["key"], int(named["rev"]), unpack_body(path.read_bytes()), path)
            except StorageError as error:
                yield Damaged(f"{path}: {error}")
