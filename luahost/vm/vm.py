"""The VM of a session: a Lua runtime with the kernel in it, and the few entries through which the host calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from luahost.errors import ConversionError, LimitExceeded, LuaError, LuaHostError
from luahost.vm import edge
from luahost.vm.builds import new_runtime
from luahost.vm.kernel import ENTRIES, core_chunk
from luahost.vm.memory import SMALL_BYTES, Memory

Ask = Callable[..., Any]
"""What the kernel calls: `ask(op, *arguments)`. It never raises, and takes and answers numbers and bytes only."""


class VM:
    """One runtime and its entries. Not guarded: one thread at a time may be inside (see `Turns`).

    An entry answers `(flag, value)` as `edge.answer` reads it. The entries are the only handles into the runtime.
    `level` counts the callbacks of the guest in which code of the host's users runs, which may call in again.
    """

    __slots__ = (*ENTRIES, "_runtime", "level", "memory")

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
        self._runtime = new_runtime(build)
        self.memory = Memory(self._runtime, build, memory_limit_bytes)
        self.level = 0
        start = self._runtime.compile(core_chunk(build), name=b"=kernel")
        entries = start(ask, ",".join(grants).encode(), vended_id.encode(), key.encode())
        for name, entry in zip(ENTRIES, entries, strict=True):
            setattr(self, name, entry)

    def enter(self, entry: str, *args: Any) -> Any:
        """Returns what an entry answers, as plain data; raises its error."""
        memory, size_bytes = self.memory, sum(len(arg) for arg in args if type(arg) is bytes)
        if memory.is_tight or size_bytes > SMALL_BYTES:
            memory.make_room(size_bytes, may_grow=self.level == 0)
        try:
            answered = getattr(self, entry)(*args)
            if memory.used() > memory.limit_bytes:
                memory.settle()
            return edge.answer(answered)
        except LuaHostError as error:
            self.settle(error)
            raise
        except Exception as error:
            raise self.recovered(error) from error

    def settle(self, error: LuaHostError) -> None:
        """Lets the kernel restore its order where `error`, which an entry answered, says that a limit ended a turn."""
        if isinstance(error, LimitExceeded):
            self._restore()

    def recovered(self, error: Exception) -> LuaHostError:
        """Returns the error to raise for one that left the VM by itself, after the kernel has restored its order."""
        if isinstance(error, OverflowError):
            return ConversionError(f"a value can't enter the session: {error}")
        self._restore()
        if isinstance(error, MemoryError):
            return self.memory.exceeded()
        return LuaError(str(error) or type(error).__name__)

    def collect(self) -> None:
        """Runs a full garbage collection."""
        self._runtime.gccollect()

    def _restore(self) -> None:
        """Lets the kernel restore its order, with a little more memory for that, after a turn that a limit ended.

        Lua's own handlers don't see a lack of memory, and LuaJIT has no emergency collection: collect first.
        """
        self.memory.relieve()
        self.recover(self.level == 0)  # type: ignore[attr-defined]
        with suppress(LimitExceeded):
            self.memory.settle()
