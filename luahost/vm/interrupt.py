"""The interrupt: ends guest code from outside, by arming Lua's hook in a state that runs in another thread.

Nothing is on while a turn keeps its time. The hook is the address of `luaL_error` itself, because a Python callback
could not raise through Lua; it then raises at each instruction until the turn is out.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from luahost.vm.builds import build

COUNT_MASK = 8
"""LUA_MASKCOUNT: the hook is called after so many instructions."""


class Interrupt:
    """Arms and disarms the hook of Lua states of one build; a state is known by its address.

    The caller makes sure that the state is alive and in a turn, and that nobody disarms it at the same time.
    """

    def __init__(self, library: Any) -> None:
        """Takes lupa's extension module, opened by ctypes; raises AttributeError where it hides Lua's functions."""
        self._set_hook: Any = library.lua_sethook
        self._set_hook.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        self._set_hook.restype = None
        self._raise = ctypes.cast(library.luaL_error, ctypes.c_void_p).value

    def arm(self, state: int) -> None:
        """Lets the state raise at its next instruction, and at each one after that."""
        self.arm_with(state, self._raise)

    def arm_with(self, state: int, hook: int | None) -> None:
        """Lets the state call another hook, given by its address, at its next instruction and each one after that."""
        self._set_hook(state, hook, COUNT_MASK, 1)

    def disarm(self, state: int) -> None:
        """Lets the state run freely."""
        self._set_hook(state, None, 0, 0)


@cache
def interrupt_for(name: str) -> Interrupt | None:
    """Returns the interrupt of a build; None where its symbols can't be reached, so that a count hook has to do."""
    try:
        return Interrupt(ctypes.PyDLL(build(name).__file__))
    except (OSError, AttributeError):
        return None
