"""prompt_toolkit's line reader: editing, history, highlighting; what others print goes above the line."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.patch_stdout import patch_stdout
from pygments.lexers.scripting import LuaLexer  # type: ignore[import-untyped]

__all__ = ["ToolkitReader"]

HISTORY = Path(".luahost") / "history"


class SiteHistory(FileHistory):
    """The lines typed on a site, in a file made with the first; none where the site can't be written."""

    def load_history_strings(self) -> Iterable[str]:
        """Returns the lines of earlier runs, the latest first."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Adds a line."""
        with contextlib.suppress(OSError):
            Path(str(self.filename)).parent.mkdir(exist_ok=True)
            super().store_string(string)


class ToolkitReader:
    """Reads lines with prompt_toolkit."""

    def __init__(self, site: Path, words: Sequence[str]) -> None:
        self._session: PromptSession[str] = PromptSession(
            history=SiteHistory(str(site / HISTORY)),
            lexer=PygmentsLexer(LuaLexer),
            completer=WordCompleter(list(words), sentence=True),
            complete_while_typing=False,
        )

    def read(self, prompt: str) -> str:
        """Returns a line; raises KeyboardInterrupt at Ctrl-C and EOFError at Ctrl-D."""
        # Only while a line is typed: results are printed directly, so that they come before the next prompt.
        with patch_stdout(raw=True):
            return self._session.prompt(prompt)
