"""The desk: the sessions that `run` works with, and what becomes of one that can't start."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from luahost.completion import Name, complete
from luahost.errors import Damaged, LuaHostError, NewerData, NothingToUndo, RecordBusy, StorageError
from luahost.evaluation import is_incomplete, show
from luahost.inspection.overview import session_row
from luahost.interruption import interruptible

from .render.moments import moment
from .render.screen import Screen

if TYPE_CHECKING:
    from luahost.host import Host
    from luahost.session import Session
    from luahost.storage.port import Head

__all__ = ["Desk"]


class Desk:
    """Keeps the sessions of one run: `count` of them, or fewer while the site's code is broken.

    A session that couldn't be created is tried again at the next line, at `:reload` and after a save; the
    same error is shown in full once.
    """

    def __init__(
        self, host: Host, screen: Screen, *, app: str | None = None, count: int = 1, is_fresh: bool = False
    ) -> None:
        self._host = host
        self._screen = screen
        self._app = app
        self._count = count
        self._former: list[Head] | None = [] if is_fresh else None
        self._opened: list[Session] = []
        self._told: str | None = None
        self._lock = threading.Lock()

    def open(self) -> bool:
        """Creates the sessions that are missing, or shows why not; returns whether all are there."""
        with self._lock:
            try:
                while self.is_missing():
                    self._opened.append(self._next())
            except LuaHostError as error:
                self._tell(error)
                return False
            if self._told is not None:
                self._screen.note(f"session {self._opened[0].id} has started")
            self._told = None
            return True

    def is_missing(self) -> bool:
        """Returns whether a session is still to be created."""
        return len(self._opened) < self._count

    def session(self) -> Session | None:
        """Returns the session that lines go to; tries to create it where there is none."""
        if not self._opened:
            self.open()
        return self._opened[0] if self._opened else None

    def evaluate(self, text: str, *, name: str, line: int) -> bool:
        """Shows what a text answers; returns whether there was a session for it. Raises LuaHostError.

        Ctrl-C ends the turn, and raises KeyboardInterrupt.
        """
        session = self.session()
        if session is None:
            return False
        try:
            values = interruptible(session, lambda: show(session, text, name=name, line=line))
        except KeyboardInterrupt:
            self._screen.note("its turn was ended")
            raise
        if values:
            self._screen.results(values)
        return True

    def complete(self, text: str) -> list[Name]:
        """Returns the names that can follow a text, without waiting for a session that is busy."""
        return complete(self._opened[0], text) if self._opened else []

    def is_incomplete(self, text: str) -> bool:
        """Returns whether more lines could complete a text; False where that can't be known now."""
        try:
            return bool(self._opened) and is_incomplete(self._opened[0], text)
        except LuaHostError:
            return False

    def reload(self) -> bool:
        """Reloads what changed on disk and creates what is missing; returns whether all went well."""
        try:
            report = self._host.reload()
        except LuaHostError as error:
            self._screen.error(error)
            return False
        if report is None and not self.is_missing():
            self._screen.note("nothing changed")
        return self.open() and (report is None or report.ok)

    def undo(self) -> bool:
        """Undoes the last reload; returns whether all went well."""
        try:
            report = self._host.undo()
        except NothingToUndo as error:
            self._screen.trouble(str(error))
            return False
        if report is not None and any(session.ok for session in report.sessions):
            self._tell_undone({session.id for session in report.sessions} | {*report.busy})
        return report is None or report.ok

    def show_sessions(self) -> None:
        """Shows the sessions of the host."""
        current = self._opened[0].id if self._opened else None
        self._screen.sessions([session_row(session) for session in self._host.sessions], current, is_prompt=True)

    def kill(self, id: str) -> bool:
        """Ends the turn that a session runs now; returns whether there is such a session."""
        session = self._host.get_session(id)
        if session is None:
            self._screen.trouble(f"no session {id}; :sessions shows them")
            return False
        self._screen.note("its turn was ended" if session.kill() else f"session {id} runs nothing now")
        return True

    def on_files_changed(self, _files: object) -> None:
        """Creates what is missing, now that files of the site have changed."""
        if self.is_missing():
            self.open()

    def _next(self) -> Session:
        """Returns the session that was used last and isn't here yet; a new one when there is none."""
        if self._former is None:
            self._former = self._host.saved_sessions(self._count)
        while self._former:
            head = self._former[0]
            try:
                session = self._host.create_session(head.key, app=self._app)
            except RecordBusy:
                self._screen.note(f"session {head.key[:8]} is alive in another process: a new one is made")
                del self._former[0]
                continue
            del self._former[0]
            self._screen.note(f"goes on with session {head.key[:8]} of {moment(head.accessed)} (--fresh starts anew)")
            return self._hold(session)
        return self._hold(self._host.create_session(app=self._app))

    def _hold(self, session: Session) -> Session:
        session.is_held = True  # somebody sits at it: it isn't idle
        return session

    def _tell_undone(self, concerned: set[str]) -> None:
        for session in self._host.sessions:
            if session.id not in concerned:
                self._screen.note(f"session {session.id} had not taken that reload, and stays as it is")
        self._screen.note("the files stay as they are: the next save of one, or :reload, takes it again")

    def _tell(self, error: LuaHostError) -> None:
        if str(error) == self._told:
            self._screen.trouble(f"no session, still: {error}")
            return
        self._told = str(error)
        self._screen.error(error)
        self._screen.trouble(f"no session yet: {_advice(error)}")


def _advice(error: LuaHostError) -> str:
    if isinstance(error, Damaged | NewerData):
        return "luahost store fsck looks at what is saved; run --fresh starts anew, and leaves that as it is"
    if isinstance(error, StorageError):
        return "the next line tries again; run --fresh starts anew"
    return "correct the file, then type a line or :reload"
