"""The VM of a session that is profiled: tells now and then which functions it is in.

As a turn that takes too long is ended by a hook that another thread sets, so is a stack asked for: the hook is called
at the next instruction, takes itself away, and reads the stack in the thread that runs the VM. Nothing is on between.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from luahost.vm.stacks import HOOK, Stack, StackReader
from luahost.vm.vm import VM

__all__ = ["SampledVM"]


class SampledVM(VM):
    """A VM that can be asked for its stack. The end of a turn goes first: where that is armed, no stack is asked for.

    Whoever calls `sample` holds the lock `ending`, and so does whatever changes which state runs: a coroutine that has
    ended may be gone a moment later.
    """

    __slots__ = ("_hook", "_on_stack", "_on_stop", "_reader")

    def __init__(
        self,
        *args: Any,
        reader: StackReader,
        on_stack: Callable[[Stack], object],
        on_stop: Callable[[BaseException], object],
        **options: Any,
    ) -> None:
        """Takes what a VM takes.

        `on_stack` is told of each stack, `on_stop` of a signal that would have ended the process in the hook.
        """
        self._reader = reader
        self._on_stack = on_stack
        self._on_stop = on_stop
        self._hook = HOOK(self._called)
        super().__init__(*args, **options)

    def sample(self) -> None:
        """Asks for the stack that the guest has at its next instruction."""
        if self._interrupt is not None and not self.is_armed:
            self._interrupt.arm_with(self._running, ctypes.cast(self._hook, ctypes.c_void_p).value)

    def runs(self, state: int) -> None:
        """Notes which coroutine's state runs now."""
        with self._ending:
            super().runs(state)

    def drop(self) -> None:
        """Gives the runtime up; nobody asks for a stack any more."""
        with self._ending:
            self._interrupt = None
        super().drop()

    def _called(self, state: int, _record: int) -> None:
        # Nothing may raise through Lua. A signal's exception would be swallowed here.
        try:
            with self._ending:
                if self.is_armed or self._interrupt is None:
                    return
                self._interrupt.disarm(state)
            self._on_stack(self._reader.read(state))
        except (KeyboardInterrupt, SystemExit) as error:
            self._on_stop(error)
