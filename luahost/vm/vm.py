"""The VM of a session: a Lua runtime with the kernel in it, and the few entries through which the host calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from luahost.errors import LimitExceeded, LuaError
from luahost.vm.builds import new_runtime
from luahost.vm.kernel import ENTRIES, OPS, core_chunk

Ask = Callable[..., Any]
"""What the kernel calls: `ask(op, *arguments)`. It never raises, and takes and answers numbers and bytes only."""


class VM:
    """One runtime and its entries. Not guarded: one thread at a time may be inside (see `Turns`).

    An entry answers `(flag, value)` as `edge.answer` reads it. The entries are the only handles into the runtime.
    """

    __slots__ = (*ENTRIES, "_runtime")

    call: Callable[..., tuple[int, Any]]

    def __init__(
        self,
        build: str,
        ask: Ask,
        *,
        grants: Iterable[str],
        vended_id: str,
        key: str,
        memory_limit_bytes: int = 0,
    ) -> None:
        self._runtime = new_runtime(build, memory_limit_bytes)
        start = self._runtime.compile(core_chunk(build), name=b"=kernel")
        entries = start(ask, OPS, ",".join(grants).encode(), vended_id.encode(), key.encode())
        for name, entry in zip(ENTRIES, entries, strict=True):
            setattr(self, name, entry)

    def recovered(self, error: Exception) -> LuaError:
        """Returns the error to raise for one that left the VM by itself, after the kernel has restored its order.

        Lua's own handlers don't see a lack of memory, and LuaJIT has no emergency collection: collect first.
        """
        self.collect()
        self.recover()  # type: ignore[attr-defined]
        message = str(error) or type(error).__name__
        return LimitExceeded(message) if "memory" in message.lower() else LuaError(message)

    def collect(self) -> None:
        """Runs a full garbage collection."""
        self._runtime.gccollect()
