"""Packed paths: paths as the bytes in which they cross, so that one that is used often is packed once."""

from __future__ import annotations

from luahost.errors import ConversionError
from luahost.vm.edge import text_bytes

__all__ = ["PackedPaths"]

LONGEST_PATH = 4096
MOST_PATHS = 1000
"""How many are kept."""


class PackedPaths(dict[str, bytes]):
    """The bytes of each path; a look-up that hits costs no call."""

    __slots__ = ()

    def __missing__(self, path: str) -> bytes:
        """Returns the bytes of a path that isn't kept yet; raises ConversionError for one that is too long."""
        packed = text_bytes(path)
        if len(path) > LONGEST_PATH:
            raise ConversionError(f"a path has at most {LONGEST_PATH} characters")
        if len(self) >= MOST_PATHS:
            self.clear()
        self[path] = packed
        return packed
