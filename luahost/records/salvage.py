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

_NAME = re.compile(r"(?P<key>[0-9A-Za-z_-]{1,64})\.(?P<base>new|[0-9a-f]{32})\.snapshot", re.ASCII)
NEW = "new"


@dataclass(frozen=True, slots=True)
class Salvaged:
    """One snapshot that could not be saved: of the session `key`; it comes after the one with the digest `base`.

    `base` is empty if nothing of the session was ever stored.
    """

    key: str
    base: bytes
    payload: bytes
    path: Path


class Salvage:
    """Writes and reads the files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, base: bytes, payload: bytes) -> Path:
        """Writes a snapshot, whole or not at all, and synced; returns its file."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{key}.{base.hex() or NEW}.snapshot"
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

    def of(self, key: str) -> Salvaged | None:
        """Returns what is there of one session."""
        return next((found for found in self.found(key) if isinstance(found, Salvaged)), None)

    def found(self, key: str | None = None) -> Iterator[Salvaged | Damaged]:
        """Yields what is there, of one session or of all; an error for a file that isn't what was written."""
        for name in self._names():
            named = _NAME.fullmatch(name)
            if named is None or key not in (None, named["key"]):
                continue
            path = self._folder / name
            try:
                base = bytes.fromhex(named["base"].replace(NEW, ""))
                yield Salvaged(named["key"], base, unpack_body(path.read_bytes()), path)
            except StorageError as error:
                yield Damaged(f"{path}: {error}")

    def _names(self) -> list[str]:
        """Returns the names in the folder, which most sites never have."""
        try:
            return sorted(os.listdir(self._folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
