"""Interruption: Ctrl-C ends the turn that somebody waits for, not the command."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from luahost.session import Session

__all__ = ["interruptible"]

T = TypeVar("T")


def interruptible(session: Session, work: Callable[[], T]) -> T:
    """Returns what `work()` returns, done on a thread of the session's pool; raises what it raises.

    A signal reaches this thread while it waits, not while it is in Lua: so Ctrl-C ends the session's turn, and
    KeyboardInterrupt is raised when that has ended.
    """
    done: Future[T] = Future()
    session.post(lambda: _settle(done, work))
    try:
        return done.result()
    except KeyboardInterrupt:
        session.kill()
        done.exception()
        raise


def _settle(done: Future[T], work: Callable[[], T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
