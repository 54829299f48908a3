"""A source file: its bytes on disk, and whether they may have changed since they were read."""

from __future__ import annotations

import os
from collections.abc import Callable

from luahost.errors import LuaError, ModuleNotFound

__all__ = ["SourceFile"]

# File times have the step of the kernel's tick: a file this young may be written again without a sign of it.
_YOUNG_NS = 50_000_000

Signature = tuple[int, int, int]


class SourceFile:
    """Reads one file. A signature is trusted only if the file was old enough to show the next write."""

    def __init__(self, key: str, path: str, wall_ns: Callable[[], int]) -> None:
        self._key = key
        self._path = path
        self._wall_ns = wall_ns
        self._trusted: Signature | None = None

    def read(self) -> bytes:
        """Returns the content; raises ModuleNotFound if there is no file, LuaError if it can't be read."""
        self._trusted = None
        try:
            with open(self._path, "rb", buffering=0) as file:
                signature = _signature(os.fstat(file.fileno()))
                content = file.read()
        except OSError as error:
            raise _reading_failed(self._key, error) from error
        if self._wall_ns() - signature[0] > _YOUNG_NS:
            self._trusted = signature
        return content

    def read_if_touched(self) -> bytes | None:
        """Returns the content, or None if the file is certainly the one that was read last."""
        try:
            signature = _signature(os.stat(self._path))
        except OSError as error:
            raise _reading_failed(self._key, error) from error
        return None if signature == self._trusted else self.read()


def _signature(status: os.stat_result) -> Signature:
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _reading_failed(key: str, error: OSError) -> LuaError:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return ModuleNotFound("the file is gone", file=key)
    if isinstance(error, IsADirectoryError):
        return ModuleNotFound("is a folder, not a file", file=key)
    return LuaError(f"can't be read: {error.strerror}; give this user the right to read it", file=key)
