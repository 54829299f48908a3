"""The VM of a session: a Lua runtime with the kernel in it, and the few handles through which the host calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Lock
from typing import Any

from luahost.errors import ConversionError, Frame, LimitExceeded, LuaError, LuaHostError
from luahost.vm import edge
from luahost.vm.builds import build, new_runtime
from luahost.vm.interrupt import Interrupt
from luahost.vm.kernel import HANDLES, core_chunk
from luahost.vm.memory import SMALL_BYTES, Memory

_STANDSTILL = b"collectgarbage('stop')"
"""Nothing of the kernel is garbage, and what is pushed behind its code would begin a cycle. The kernel ends it."""

Ask = Callable[..., Any]
"""What the kernel calls: `ask(op, *arguments)`. It never raises, and takes and answers numbers and bytes only."""


class VM:
    """One runtime and its entries. Not guarded: one thread at a time may be inside (see `Turns`).

    An entry answers `(flag, value)` as `edge.answer` reads it. These handles into the runtime are the only ones.
    `level` counts the callbacks of the guest in which code of the host's users runs, which may call in again.

    Whoever calls `trip` and `calm` holds the lock `ending`. Between `trip` and `calm`, at the end of the turn, nothing
    of the guest runs any more. `is_armed` while what still runs is to end.
    """

    __slots__ = (
        *HANDLES,
        "_ending",
        "_interrupt",
        "_reason",
        "_running",
        "_runtime",
        "_stack",
        "_state",
        "_version",
        "_was_tripped",
        "is_armed",
        "is_tripped",
        "level",
        "memory",
        "outcome",
    )

    call: Callable[..., tuple[int, Any]]
    run: Callable[..., tuple[int, Any]]
    recover: Callable[[bool], Any]

    def __init__(
        self,
        lua: str,
        ask: Ask,
        *,
        grants: Iterable[str],
        vended_id: str,
        key: str,
        memory_limit_bytes: int = 0,
        interrupt: Interrupt | None = None,
        ending: Lock | None = None,
    ) -> None:
        self._runtime = new_runtime(lua)
        self.memory = Memory(self._runtime, lua, memory_limit_bytes)
        self.level = 0
        self.is_tripped = self.is_armed = self._was_tripped = False
        self.outcome: bytes | None = None
        self._reason = ""
        self._stack: list[Frame] = []
        self._version = 0
        self._interrupt = interrupt
        self._ending = ending or Lock()
        self._runtime.execute(_STANDSTILL)
        start = self._runtime.compile(core_chunk(lua), name=b"=kernel")
        arguments = (",".join(grants), vended_id, key, build(lua).__file__)
        state, *handles = start(ask, *(argument.encode() for argument in arguments))
        self._state = self._running = int(state)
        for name, handle in zip(HANDLES, handles, strict=True):
            setattr(self, name, handle)

    def enter(self, entry: str, *args: Any) -> Any:
        """Returns what an entry answers, as plain data; raises its error."""
        if self.is_tripped:
            raise LimitExceeded(self._reason)
        memory, size_bytes = self.memory, 0
        for arg in args:
            if type(arg) is bytes:
                size_bytes += len(arg)
        if memory.is_tight or size_bytes > SMALL_BYTES:
            memory.make_room(size_bytes, may_grow=self.level == 0)
        return self.enter_small(entry.encode(), *args)

    def enter_small(self, entry: bytes, *args: Any) -> Any:
        """Does the same for arguments that need no look: scalars and short texts, while nothing has tripped the VM."""
        memory = self.memory
        try:
            flag, value = answered = self.run(entry, *args)
            if memory.used() > memory.limit_bytes:
                memory.settle()
            return value if flag == 0 and type(value) is not bytes else edge.answer(answered)
        except LuaHostError as error:
            self.settle(error)
            raise
        except Exception as error:
            raise self.recovered(error) from error

    def settle(self, error: LuaHostError) -> None:
        """Lets the kernel restore its order where `error`, which an entry answered, says that a limit ended a turn."""
        if self.is_tripped:
            raise self.recovered(error) from error
        if isinstance(error, LimitExceeded):
            self.restore_shielded()

    def recovered(self, error: Exception) -> LuaHostError:
        """Returns the error to raise for one that left the VM by itself, after the kernel has restored its order."""
        if isinstance(error, OverflowError):
            return ConversionError(f"a value can't enter the session: {error}")
        if self.is_tripped and self.level > 0:
            return LimitExceeded(self._reason)  # the hook goes on raising in the code that called out
        was_tripped = self.restore_shielded()
        if was_tripped:
            at = self._stack[0] if self._stack else Frame("", 0, "")
            file, version = at.file or None, self._version
            return LimitExceeded(self._reason, file=file, line=at.line, stack=self._stack, version=version)
        if isinstance(error, MemoryError):
            return self.memory.exceeded()
        return LuaError(str(error) or type(error).__name__)

    def restore_shielded(self) -> bool:
        """Restores the kernel's order while nobody ends that; returns whether the turn was ended already."""
        was_tripped = self._shield()
        try:
            self._restore()
        finally:
            self.is_tripped = was_tripped
        return was_tripped

    def trip(self, reason: str) -> None:
        """Ends the turn that runs, from another thread: its guest code raises until it is out of the VM.

        Asked for once more while the turn still runs, it arms again: LuaJIT writes the byte that says so whenever it
        catches an error, and what another thread wrote in that moment is lost.
        """
        if not self.is_tripped:
            self._reason = reason
            self.is_tripped = self.is_armed = self._was_tripped = True
        if self._interrupt is not None and self.is_armed:
            self._interrupt.arm(self._running)

    def calm(self) -> None:
        """Lets the guest run again, in the next turn."""
        self._disarm()
        self.is_tripped = False

    def sample(self) -> None:
        """Asks for the stack: of no use here, where nobody takes a profile (see `sampled_vm`)."""

    def count(self) -> None:
        """Lets the kernel ask now and then whether the turn has been ended, where its hook is out of reach."""
        self.recover(True)

    def runs(self, state: int) -> None:
        """Notes which coroutine's state runs now; one that begins in a turn that was ended is ended, too.

        One that was armed in the moment in which it yielded lived on, with its hook.
        """
        self._running = int(state)
        if self._was_tripped and self._interrupt is not None:
            (self._interrupt.arm if self.is_armed else self._interrupt.disarm)(self._running)

    def go_out(self) -> int:
        """Notes that code of the host's users runs; its calls run in the main state. Answers what `come_back` takes."""
        self.level += 1
        state, self._running = self._running, self._state
        return state

    def come_back(self, state: int) -> None:
        """Notes that the guest goes on in the state that called out."""
        self.level -= 1
        self.runs(state)

    def take_outcome(self) -> bytes | None:
        """Returns the packed report of a reload that stands though a limit ended its turn; once."""
        outcome, self.outcome = self.outcome, None
        return outcome

    def drop(self) -> None:
        """Gives the runtime up. It and the host's answers hold each other, and would stay until a collection."""
        for name in (*HANDLES, "memory", "_runtime"):
            delattr(self, name)

    def collect(self) -> None:
        """Runs a full garbage collection."""
        self._runtime.gccollect()

    def _shield(self) -> bool:
        """Makes sure that nobody ends what restores the kernel's order; returns whether the turn was ended already."""
        with self._ending:
            was_tripped, self.is_tripped = self.is_tripped, True
            self._disarm()
        return was_tripped

    def _disarm(self) -> None:
        # A coroutine that was armed is dead by now: an error at each instruction leaves none of it.
        self._running, self.is_armed = self._state, False
        if self._interrupt is not None:
            self._interrupt.disarm(self._state)

    def _restore(self) -> None:
        """Lets the kernel restore its order, with a little more memory for that, after a turn that a limit ended.

        Lua's own handlers don't see a lack of memory, and LuaJIT has no emergency collection: collect first.
        """
        self.memory.relieve()
        self.outcome, where = self.recover(self.level == 0)
        frames = edge.unpack(where) if where else []
        self._stack, self._version = edge.frames_of(frames), int(frames[0].get("version") or 0) if frames else 0
        with suppress(LimitExceeded):
            self.memory.settle()
