"""Detecting: when the kernel looks for changes. After each entry; after `Session.run`, which is one turn, once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from luahost.errors import LuaHostError

T = TypeVar("T")


class Detecting:
    """Holds the kernel's detection back while `run` works. Nothing is held in a session without variables.

    `hold(is held)` is a turn of the session; `is_ended()` tells whether the present one was ended by a limit, so that
    nothing may enter any more; `behind(work)` does work behind it; `report` is told of errors that have no caller.
    """

    __slots__ = ("_behind", "_has_tree", "_hold", "_is_ended", "_is_following", "_is_running", "_report")

    def __init__(
        self,
        hold: Callable[[bool], object],
        is_ended: Callable[[], bool],
        behind: Callable[[Callable[[], None]], None],
        report: Callable[[LuaHostError], None],
    ) -> None:
        self._hold, self._is_ended, self._behind, self._report = hold, is_ended, behind, report
        self._has_tree = self._is_running = self._is_following = False

    def begin(self) -> bool:
        """Notes that the session has variables; returns whether this is within `run`."""
        self._has_tree = True
        return self._is_running

    def run(self, work: Callable[[], T]) -> T:
        """Does `work` as one turn; what it changed is looked for at its end."""
        self._is_running = True
        try:
            self._set(True)
            done = work()
        except BaseException:
            with suppress(LuaHostError):
                self._set(False)
            raise
        finally:
            self._is_running = False
        self._set(False)
        return done

    def follow_up(self) -> bool:
        """Looks for what a turn changed that a limit ended, behind it; returns whether it will: not behind itself."""
        if not self._has_tree or self._is_following:
            return False
        self._is_following = True
        self._behind(self._follow)
        return True

    def _follow(self) -> None:
        try:
            self._let_go()
        finally:
            self._is_following = False

    def _set(self, is_held: bool) -> None:
        if not self._has_tree:
            return
        if self._is_ended():
            self._behind(self._let_go)
        else:
            self._hold(is_held)

    def _let_go(self) -> None:
        try:
            self._hold(False)
        except LuaHostError as error:
            self._report(error)
