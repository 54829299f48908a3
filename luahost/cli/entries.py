"""Entries: what was typed, gathered line by line until it is a command or a chunk, and run."""

from __future__ import annotations

from enum import Enum, auto

from luahost.errors import AttachError, ConversionError, LuaHostError, LuaSyntaxError

from .commands import Commands
from .render.screen import Screen
from .seat import Seat

__all__ = ["Entries", "Outcome"]

OF_OTHER_PROMPTS = {"exit", "help", "quit", "exit()", "help()", "quit()"}
"""What leaves other prompts, or explains them; here it is Lua."""


class Outcome(Enum):
    """What became of a line."""

    DONE = auto()
    FAILED = auto()
    INCOMPLETE = auto()
    LEAVE = auto()


class Entries:
    """Keeps the lines of a chunk that isn't complete yet. Errors count lines from the first ever fed."""

    def __init__(self, seat: Seat, screen: Screen, commands: Commands, *, name: str) -> None:
        self._seat = seat
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

    def feed(self, text: str) -> Outcome:
        """Takes a line, or several at once, and runs the command or chunk that they complete."""
        for line in text.split("\n"):
            self._fed += 1
            self._screen.sources.typed(self._name, line)
        return self._take(text)

    def _take(self, line: str) -> Outcome:
        if not self._lines and not line.strip():
            return Outcome.DONE
        if not self._lines and Commands.is_command(line):
            return self._command(line)
        self._lines += line.split("\n")
        outcome = self._run()
        if line.strip() in OF_OTHER_PROMPTS:
            self._screen.note(":quit leaves, :help shows the commands")
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
        try:
            return Outcome.DONE if self._commands.run(line) else Outcome.FAILED
        except LuaHostError as error:
            self._screen.error(error)
            return Outcome.LEAVE if isinstance(error, AttachError) else Outcome.FAILED

    def _run(self) -> Outcome:
        try:
            return self._evaluate()
        except ConversionError as error:
            self._screen.note(f"done; the answer can't be shown: {error}")
            return Outcome.DONE
        except AttachError as error:
            self._screen.error(error)
            return Outcome.LEAVE
        except LuaHostError as error:
            if isinstance(error, LuaSyntaxError) and error.incomplete and error.file == self._name:
                self._unfinished = error
                return Outcome.INCOMPLETE
            self._screen.error(error)
            return Outcome.FAILED

    def _evaluate(self) -> Outcome:
        first = self._fed - len(self._lines) + 1
        is_run = self._seat.evaluate("\n".join(self._lines), name=self._name, line=first)
        return Outcome.DONE if is_run else Outcome.FAILED
