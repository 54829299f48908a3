"""Memory: the limit of a VM, and the room above it that what the host pushes needs."""

from __future__ import annotations

import sys
from typing import Any

from luahost.errors import LimitExceeded

MEBI = 1024 * 1024
HEADROOM_BYTES = 2 * MEBI
SLACK_BYTES = MEBI
"""How much a session that holds more than its limit may use in a turn that is to free something."""

SMALL_BYTES = 256 * 1024
"""What may be pushed without a look, as long as the last look found the VM below its limit."""


class Memory:
    """Keeps a VM to its limit. A push from Python where the allocator refuses aborts the process.

    Invariant: whenever Python pushes, the allocator's ceiling is the headroom above what is used, or `is_tight` is set
    and `make_room` came before. Whoever has called into the VM looks afterwards: `if used() > limit_bytes: settle()`.
    """

    __slots__ = ("_ceiling_bytes", "_held_bytes", "_is_luajit", "_runtime", "is_tight", "limit_bytes", "used")

    def __init__(self, runtime: Any, build: str, limit_bytes: int) -> None:
        self._runtime = runtime
        self.used = runtime.get_memory_used
        self.limit_bytes = limit_bytes or sys.maxsize
        self.is_tight = False
        self._held_bytes = 0
        self._is_luajit = build.startswith("luajit")
        self._ceiling_bytes = 0
        if limit_bytes:
            self._set_ceiling(self._with_headroom(limit_bytes))

    def spare_bytes(self) -> int:
        """Returns how much more may be held; collects if most of what may be is held."""
        if self.used() > self.limit_bytes // 2:
            self._runtime.gccollect()
        left_bytes: int = self.limit_bytes - self.used()
        return max(left_bytes, 0)

    def has_room(self, size_bytes: int = 0) -> bool:
        """Returns whether so much may be pushed; collects if there seems to be no room."""
        return self._fits(size_bytes) or self._fits_collected(size_bytes)

    def make_room(self, size_bytes: int, *, may_grow: bool) -> None:
        """Makes sure that so much may be pushed; raises LimitExceeded if it may not.

        `may_grow`: a session above its limit gets a little more for a turn that may free something, but not for ever.
        """
        if self._fits(size_bytes) or (not self.is_tight and self._fits_collected(size_bytes)):
            return
        used_bytes = self.used()
        most_bytes = self._with_headroom(self.limit_bytes) + 2 * SLACK_BYTES
        if size_bytes > SMALL_BYTES or not may_grow or used_bytes > most_bytes:
            raise self.exceeded()
        self._set_ceiling(self._with_headroom(used_bytes) + SLACK_BYTES)

    def settle(self) -> None:
        """Collects; raises LimitExceeded if more than the limit is held then, and more than before."""
        self._runtime.gccollect()
        used_bytes = self.used()
        self.is_tight = used_bytes > self.limit_bytes
        if not self.is_tight:
            self._held_bytes = 0
            self._set_ceiling(self._with_headroom(self.limit_bytes))
            return
        self._set_ceiling(max(used_bytes, self._with_headroom(self.limit_bytes)))
        if used_bytes > self._held_bytes + SMALL_BYTES:
            self._held_bytes = used_bytes
            raise self.exceeded()

    def look(self) -> None:
        """Notes whether the VM, which is running, uses more than its limit."""
        if self.used() > self.limit_bytes:
            self._runtime.gccollect()
            self.is_tight = self.used() > self.limit_bytes

    def relieve(self) -> None:
        """Collects and gives the kernel what it needs to restore its order; `settle` takes it back."""
        self._runtime.gccollect()
        if self.limit_bytes != sys.maxsize:
            self.is_tight = True
            self._set_ceiling(max(self._ceiling_bytes, self._with_headroom(self.used()) + SLACK_BYTES))

    def exceeded(self) -> LimitExceeded:
        """Returns the error for a turn that needs more than there is."""
        return LimitExceeded(
            f"not enough memory: the session holds {self.used() / MEBI:.1f} MiB of {self.limit_bytes / MEBI:.1f} MiB"
            " (setting memory_limit_mb)"
        )

    def _fits(self, size_bytes: int) -> bool:
        return self.limit_bytes == sys.maxsize or self._with_headroom(self.used()) + size_bytes <= self._ceiling_bytes

    def _fits_collected(self, size_bytes: int) -> bool:
        self._runtime.gccollect()
        return self._fits(size_bytes)

    def _with_headroom(self, used_bytes: int) -> int:
        """Returns what the ceiling has to be for a push where so much is used.

        LuaJIT doubles its table of strings at once, within any push, and aborts where it can't: 16 bytes for each
        string, of which each takes 40 or more already.
        """
        return used_bytes + HEADROOM_BYTES + (used_bytes * 2 // 5 if self._is_luajit else 0)

    def _set_ceiling(self, size_bytes: int) -> None:
        self._ceiling_bytes = size_bytes
        self._runtime.set_max_memory(size_bytes)
