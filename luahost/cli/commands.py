"""Commands: what begins with a colon at the prompt."""

from __future__ import annotations

import difflib

from .render.screen import Screen
from .seat import Seat

__all__ = ["Commands"]

HELP = {
    "sessions": "the sessions, with the one that lines go to marked",
    "kill": "ends the turn that a session runs now: `:kill 2`",
    "reload": "takes what changed on disk, now",
    "undo": "takes the last reload back, in code and objects; files stay",
    "help": "this",
    "quit": "leaves, as Ctrl-D does",
}


class Commands:
    """Runs the prompt's commands where somebody sits."""

    def __init__(self, desk: Seat, screen: Screen) -> None:
        self._desk = desk
        self._screen = screen

    @staticmethod
    def names() -> list[str]:
        """Returns the commands, with their colon."""
        return [f":{name}" for name in HELP]

    @staticmethod
    def is_command(line: str) -> bool:
        """Returns whether `line` is for us; a Lua label (`::name::`) isn't."""
        return line.lstrip().startswith(":") and not line.lstrip().startswith("::")

    @staticmethod
    def is_quit(line: str) -> bool:
        """Returns whether `line` ends the run."""
        return line.strip() == ":quit"

    def run(self, line: str) -> bool:
        """Runs the command in `line`; returns whether it went well."""
        command = line.strip()
        if command in (":reload", ":undo"):
            return self._desk.reload() if command == ":reload" else self._desk.undo()
        if command == ":sessions":
            self._desk.show_sessions()
        elif command.startswith(":kill "):
            return self._desk.kill(command.removeprefix(":kill ").strip())
        elif command == ":help":
            self._screen.commands(HELP)
        else:
            return self._unknown(command)
        return True

    def _unknown(self, command: str) -> bool:
        word = command.split()[0]
        if word in self.names():
            self._screen.trouble(f"{word} takes {'the id of a session' if word == ':kill' else 'nothing'}")
            return False
        near = [name for name in self.names() if name.startswith(word)]
        near = near or difflib.get_close_matches(word, self.names(), n=1)
        hint = f"did you mean {near[0]}?" if near else ":help shows the commands"
        self._screen.trouble(f"no command {word}; {hint}")
        return False
