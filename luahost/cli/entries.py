"""Entries: what was typed, gathered line by line until it is a command or a chunk, and run."""

from __future__ import annotations

from enum import Enum, auto

from luahost.errors import ConversionError, LuaHostError, LuaSyntaxError
from luahost.evaluation import evaluate

from .commands import Commands
from .desk import Desk
from .render.screen import Screen

__all__ = ["Entries", "Outcome"]


class Outcome(Enum):
    """What became of a line."""

    DONE = auto()
    FAILED = auto()
    INCOMPLETE = auto()
    LEAVE = auto()


class Entries:
    """Keeps the lines of a chunk that isn't complete yet. Errors count lines from the first ever fed."""

    def __init__(self, desk: Desk, screen: Screen, commands: Commands, *, name: str) -> None:
        self._desk = desk
        self._screen = screen
        self._commands = commands
        self._name = name
        self._fed = 0
        self._lines: list[str] = []
        self._unfinished: LuaSyntaxError | None = None

    @property
    def incomplete(self) -> bool:
        """Whether the next line goes on with a chunk."""
        return bool(self._lines)

    def clear(self) -> None:
        """Forgets an incomplete chunk."""
        self._lines.clear()
        self._unfinished = None

    def feed(self, line: str) -> Outcome:
        """Takes a line, and runs the command or chunk that it completes."""
        self._fed += 1
        self._screen.sources.typed(self._name, line)
        if not self._lines and not line.strip():
            return Outcome.DONE
        if not self._lines and Commands.is_command(line):
            return self._command(line)
        self._lines.append(line)
        outcome = self._run()
        if outcome is not Outcome.INCOMPLETE:
            self.clear()
        return outcome

    def finish(self) -> Outcome:
        """Takes the end of input: shows what an incomplete chunk lacks."""
        if self._unfinished is None:
            return Outcome.DONE
        self._screen.error(self._unfinished)
        self.clear()
        return Outcome.FAILED

    def _command(self, line: str) -> Outcome:
        if self._commands.is_quit(line):
            return Outcome.LEAVE
        return Outcome.DONE if self._commands.run(line) else Outcome.FAILED

    def _run(self) -> Outcome:
        try:
            return self._evaluate()
        except ConversionError as error:
            self._screen.note(f"done; the answer can't be shown: {error}")
            return Outcome.DONE
        except LuaHostError as error:
            if isinstance(error, LuaSyntaxError) and error.incomplete and error.file == self._name:
                self._unfinished = error
                return Outcome.INCOMPLETE
            self._screen.error(error)
            return Outcome.FAILED

    def _evaluate(self) -> Outcome:
        session = self._desk.session()
        if session is None:
            return Outcome.FAILED
        first = self._fed - len(self._lines) + 1
        values = evaluate(session, "\n".join(self._lines), name=self._name, line=first)
        if values:
            self._screen.results(values)
        return Outcome.DONE
