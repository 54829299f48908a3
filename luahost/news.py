"""News: what is told of guests to whoever listens, else to the log: lines, errors that nobody asked for, changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from luahost.errors import LuaHostError
from luahost.settings import Settings

if TYPE_CHECKING:
    from luahost.session import Session

__all__ = ["Changes", "GuestError", "LogLine", "log_of", "write_line"]

LOG_LEVELS = ("error", "warn", "info", "debug", "trace")
"""From what is always logged to what seldom is."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """What guest code printed (`level` is "print") or logged; `line` is 0 and `file` empty where unknown."""

    session: str
    level: str
    message: str
    file: str
    line: int
    generation: int = 0


@dataclass(frozen=True, slots=True)
class GuestError:
    """An error in guest code that nobody asked for: in a timer, in a hook, in a `mutate` outside a reload."""

    session: str
    error: LuaHostError
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What a turn changed of what peers watch, as it is told to them: a list for each change."""

    session: str
    entries: list[list[Any]]


def log_of(session: Session) -> Any:
    """Returns the program's log for lines about a session: each carries its id and generation."""
    return structlog.get_logger("luahost").bind(session=session.id, generation=session.generation)


def write_line(line: LogLine, settings: Settings) -> None:
    """Writes a guest's line to the program's log, if its level is to be logged; what it printed is at `info`."""
    level = "info" if line.level == "print" else line.level
    if LOG_LEVELS.index(level) > LOG_LEVELS.index(settings.log_level):
        return
    log = structlog.get_logger("luahost").bind(session=line.session, generation=line.generation)
    write = {"error": log.error, "warn": log.warning, "info": log.info}.get(level, log.debug)
    write(line.message, **({"at": f"{line.file}:{line.line}"} if line.file else {}))
