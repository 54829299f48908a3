"""Every error luahost raises, one class a cause. All are `LuaHostError`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "Ambiguous",
    "AttachError",
    "ConversionError",
    "Damaged",
    "ExtraMissing",
    "Frame",
    "LimitExceeded",
    "LuaError",
    "LuaHostError",
    "LuaSyntaxError",
    "ModuleNotFound",
    "NewerData",
    "NoSuchSession",
    "NotStorable",
    "NothingSaved",
    "NothingToUndo",
    "RecordBusy",
    "RecordLost",
    "ServerError",
    "SessionBusy",
    "SessionClosed",
    "SettingsError",
    "SiteError",
    "SpecFailed",
    "SpecPending",
    "StorageClosed",
    "StorageError",
    "TimeOver",
    "TooLarge",
    "TooManyConnections",
    "TooManySessions",
    "Unavailable",
    "WatchError",
]


class LuaHostError(Exception):
    """The base of every error that luahost raises on purpose."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of a Lua call stack. `line` is 0 where Lua does not know it (C functions)."""

    file: str
    line: int
    function: str


class LuaError(LuaHostError):
    """Raised when guest code raised: what it said, where, and the Lua stack.

    `message` is the text without the position; `file` is relative to the site (or the name of an inline chunk) and
    None where Lua gave no position; `line` counts from 1, 0 if unknown. `kind` is "error" for everything the guest
    raised itself. `version` is that of the file's text which ran, 0 for the one on disk (`Host.source_text`).
    """

    kind = "error"

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int = 0,
        stack: Sequence[Frame] = (),
        version: int = 0,
    ) -> None:
        super().__init__(message)
        self.version = version
        self.message = message
        self.file = file
        self.line = line
        self.stack = tuple(stack)

    def __str__(self) -> str:
        """Returns `file:line: message`, as Lua would print it."""
        return f"{self.file}:{self.line}: {self.message}" if self.file else self.message


class LuaSyntaxError(LuaError):
    """Raised when a chunk does not compile. `incomplete` is true when more input could complete it."""

    kind = "syntax"

    def __init__(self, message: str, *, file: str | None = None, line: int = 0, incomplete: bool = False) -> None:
        super().__init__(message, file=file, line=line)
        self.incomplete = incomplete


class ModuleNotFound(LuaError):
    """Raised when `require` finds no file, or one that it may not load. The message lists the places searched."""

    kind = "module"


class LimitExceeded(LuaError):
    """Raised when a turn was ended because it used more time or memory than its session may."""

    kind = "limit"

    def __str__(self) -> str:
        """Returns the same; where Lua ran out of memory, of which it says neither place nor cause, what that can be."""
        text = super().__str__()
        if self.message != "not enough memory":
            return text
        return f"{text}: a recursion without end, or more than the setting memory_limit_mb allows"


class TimeOver(LimitExceeded):
    """Raised when a test as a whole has taken too long, whichever turns it is made of."""


class NotStorable(LuaError):
    """Raised when a session holds what can't be saved: functions, coroutines, tables with a metatable of no prototype.

    The message names the path to it.
    """

    kind = "unstorable"


class TooLarge(LuaError):
    """Raised when a record is larger than it may be; the message names the branches that take the room."""

    kind = "too_large"


class SpecFailed(LuaError):
    """Raised when an assertion of a spec doesn't hold. `details` are lines, each with its sign: "-" what was expected,
    "+" what there is, " " both.
    """

    kind = "failed"

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int = 0,
        stack: Sequence[Frame] = (),
        details: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, file=file, line=line, stack=stack)
        self.details = tuple(details)


class SpecPending(LuaHostError):
    """Raised when a spec says that it is still to be written."""


class ConversionError(LuaHostError):
    """Raised when a value can't cross between Lua and Python unchanged; the message names the path to it."""


class NothingToUndo(LuaHostError):
    """Raised when there is no reload that could be undone; the message says why."""


class SessionClosed(LuaHostError):
    """Raised at any call on a session that has been closed."""


class SessionBusy(LuaHostError):
    """Raised when a turn of the session did not end within the time that the caller waits, or never could."""


class SettingsError(LuaHostError):
    """Raised when settings are unknown or have a wrong type or value.

    `problems` has a line for each of them, which names the key's path; the message has all of these lines.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ExtraMissing(LuaHostError):
    """Raised when a command needs libraries that are not installed; the message has the line that installs them."""


class SiteError(LuaHostError):
    """Raised when the site's folder is missing or can't be read."""


class ServerError(LuaHostError):
    """Raised when the server can't listen where it should; the message says why, and what to do."""


class AttachError(LuaHostError):
    """Raised when a running host can't be reached, or can't be reached by others; the message says what to do."""


class NoSuchSession(LuaHostError):
    """Raised when a running host is asked about a session that it doesn't have; the message says which there are."""


class TooManySessions(LuaHostError):
    """Raised when a session is to be created and there are `max_sessions` already."""


class TooManyConnections(LuaHostError):
    """Raised when one more peer is to be connected to a session that has `max_connections` already."""


class WatchError(LuaHostError):
    """Raised when file events can't be had; the message says which limit was met and how to raise it."""


class StorageError(LuaHostError):
    """Raised when the database can't do what it was asked for, and waiting would not help; the base of what follows."""

    kind = "storage"


class NothingSaved(StorageError):
    """Raised when a store is to be looked at and its file was never made."""

    kind = "missing"


class Unavailable(StorageError):
    """Raised when the database can't be reached or has no room: nothing was done."""

    kind = "unavailable"


class Ambiguous(StorageError):
    """Raised when the connection was lost during a commit, which may have been done: send the same once more."""

    kind = "ambiguous"


class StorageClosed(StorageError):
    """Raised at any call on a storage that has been closed, or was opened by the process that this one was forked
    from.
    """

    kind = "closed"


class RecordBusy(StorageError):
    """Raised when a record has another owner, who did not let it go in time."""

    kind = "busy"


class RecordLost(StorageError):
    """Raised when a record has got another owner since it was loaded: what was to be saved was not."""

    kind = "lost"


class Damaged(StorageError):
    """Raised when what is stored is not what was written: its checksum is wrong, or its form unknown."""

    kind = "damaged"


class NewerData(StorageError):
    """Raised when a newer version of luahost has written what this one can't read; it is never written over."""

    kind = "newer"
